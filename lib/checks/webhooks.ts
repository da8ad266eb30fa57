// Whose programs the API server asks about what is made and changed: what members of a group can run must be none.
import { quote } from '../base/shell.ts'
import {
  advise,
  type Check,
  type Finding,
  fail,
  type Kind,
  type KubeObject,
  type LabelSelector,
  MUTATING_WEBHOOK,
  NAME_LABEL,
  type Scene,
  untrusted,
  VALIDATING_WEBHOOK,
} from '../check.ts'

/** What is read of a configuration. */
interface Configuration extends KubeObject {
  webhooks?: readonly {
    clientConfig?: { service?: { namespace?: string; name?: string } }
    namespaceSelector?: LabelSelector
  }[]
}

type Webhook = NonNullable<Configuration['webhooks']>[number]

const KINDS: readonly Kind[] = [MUTATING_WEBHOOK, VALIDATING_WEBHOOK]

/** Whether it is asked only about what is in its own namespace. */
const isAboutItself = ({ namespaceSelector = {} }: Webhook, namespace: string): boolean => {
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector
  return (
    matchLabels[NAME_LABEL] === namespace ||
    matchExpressions.some(
      ({ key, operator, values = [] }) =>
        key === NAME_LABEL && operator === 'In' && values.every((value) => value === namespace),
    )
  )
}

function* answeredInGroups({ groups, items }: Scene): Generator<Finding> {
  for (const kind of KINDS)
    for (const configuration of items(kind)) {
      const { webhooks = [], metadata }: Configuration = configuration
      for (const { name } of groups) {
        const here = webhooks.find(
          (one) => one.clientConfig?.service?.namespace === name && !isAboutItself(one, name),
        )
        if (here === undefined) continue
        yield fail(
          name,
          'its members can run what answers the API server about objects of others, which it reads and may refuse' +
            (kind === MUTATING_WEBHOOK ? ' or rewrite' : ''),
          `${kind.kind} ${metadata.name}, by the service ${untrusted(`${here.clientConfig?.service?.name}`)}`,
          advise(
            'give what answers a namespace of its own; if nobody needs it: kubectl delete ' +
              `${kind.kind.toLowerCase()} ${quote(metadata.name)}`,
          ),
        )
      }
    }
}

/** A check of rights to admission, and of whoever answers in it. */
export const withWebhooks = (check: Check): Check => ({
  ...check,
  kinds: [...(check.kinds ?? []), ...KINDS],
  *trials(scene) {
    yield* check.trials(scene)
    yield* answeredInGroups(scene)
  },
})
