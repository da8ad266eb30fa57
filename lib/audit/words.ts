import type { Deed } from './question.ts'

/** A kind with its subresource: `pods/log`. */
export const resourceOf = ({ resource, subresource }: Deed): string =>
  subresource === undefined ? `${resource}` : `${resource}/${subresource}`

/** Where a deed is done. */
const namespaceInWords = ({ namespace }: Deed): string =>
  namespace === undefined ? 'in the whole cluster' : `in ${namespace}`

/** A deed as a person says it: `list tfjobs.kubeflow.org in dev2`, `get /metrics`. */
export const wordsOf = (deed: Deed): string => {
  if (deed.path !== undefined) return `${deed.verb} ${deed.path}`
  const group = deed.group ? `.${deed.group}` : ''
  const name = deed.name === undefined ? '' : ` ${deed.name}`
  return `${deed.verb} ${resourceOf(deed)}${group}${name} ${namespaceInWords(deed)}`
}
