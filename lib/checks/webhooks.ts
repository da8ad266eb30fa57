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
  labelsOfNamespace,
  MUTATING_WEBHOOK,
  NAMESPACE,
  type Scene,
  selectsLabels,
  untrusted,
  VALIDATING_WEBHOOK,
} from '../check.ts'

/** What is read of a configuration. */
interface Configuration extends KubeObject {
  webhooks?: readonly {
    clientConfig?: { service?: { namespace?: string; name?: string } }
    rules?: readonly Rule[]
    namespaceSelector?: LabelSelector
    matchConditions?: readonly { expression?: string }[]
  }[]
}

type Rule = {
  apiGroups?: readonly string[]
  resources?: readonly string[]
  scope?: string
}

type Webhook = NonNullable<Configuration['webhooks']>[number]

const KINDS: readonly Kind[] = [MUTATING_WEBHOOK, VALIDATING_WEBHOOK]

/**
 * Whether it is asked about what is outside of a namespace. What labels of objects it goes by says nothing: whoever
 * makes an object chooses those. A selector of namespaces holds nothing back that lies in none.
 */
const asksBeyond = (
  { namespaceSelector = {}, matchConditions = [], rules = [] }: Webhook,
  namespace: string,
  scene: Scene,
): boolean =>
  !matchConditions.some(({ expression = '' }) => isAboutOnly(namespace, expression)) &&
  (rules.some((rule) => isAboutCluster(rule, scene)) ||
    scene
      .items(NAMESPACE)
      .some(
        ({ metadata: { name, labels } }) =>
          name !== namespace && selectsLabels(namespaceSelector, labelsOfNamespace(name, labels)),
      ))

/** Of expressions only what needs no evaluation: the name, alone or beside what must hold, too. */
const isAboutOnly = (namespace: string, expression: string): boolean =>
  !/\|\||\?/.test(expression) &&
  expression.split('&&').some((part) => {
    const [, , name] =
      /^\s*(request|object\.metadata)\.namespace\s*==\s*["']([^"']*)["']\s*$/.exec(part) ?? []
    return name === namespace
  })

const isAboutCluster = ({ apiGroups = [], resources = [], scope = '*' }: Rule, scene: Scene): boolean =>
  scope !== 'Namespaced' &&
  scene
    .resources()
    .filter(({ namespaced, group, resource }) => !namespaced && (group !== '' || resource !== 'namespaces'))
    .some(
      ({ group, resource, subresource }) =>
        [group, '*'].some((one) => apiGroups.includes(one)) &&
        (subresource === undefined
          ? [resource, '*', '*/*']
          : [`${resource}/${subresource}`, `${resource}/*`, `*/${subresource}`, '*/*']
        ).some((one) => resources.includes(one)),
    )

function* answeredInGroups(scene: Scene): Generator<Finding> {
  for (const kind of KINDS)
    for (const configuration of scene.items(kind)) {
      const { webhooks = [], metadata }: Configuration = configuration
      for (const { name } of scene.groups) {
        const here = webhooks.find(
          (one) => one.clientConfig?.service?.namespace === name && asksBeyond(one, name, scene),
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
  kinds: [...(check.kinds ?? []), ...KINDS, NAMESPACE],
  *trials(scene) {
    yield* check.trials(scene)
    yield* answeredInGroups(scene)
  },
})
