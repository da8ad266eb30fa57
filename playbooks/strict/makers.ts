// That what a user makes bears the user's name, for good, and that only they change what Arena keeps of their job; in
// CEL.
import { MADE_BY_LABEL } from '../../lib/playbook.ts'

const KEY = `'${MADE_BY_LABEL}'`
/** All labels of ours. */
const OURS = `'${MADE_BY_LABEL.split('/')[0]}/'`

/** Requests of users, whose service accounts are in this namespace. */
const byUser = (identities: string) => ({
  name: 'by-a-user',
  expression: `request.userInfo.username.startsWith('${prefixOf(identities)}')`,
})

const prefixOf = (identities: string): string => `system:serviceaccount:${identities}:`

/** The user's name. */
const nameIn = (identities: string): string =>
  `request.userInfo.username.substring(${prefixOf(identities).length})`

/** Writes who makes a thing, and keeps it where a change would leave it out. */
export const makerMark = (identities: string, resources: Record<string, string[]>) => ({
  resources,
  when: byUser(identities),
  variables: {
    maker: `request.operation == 'CREATE' ? optional.of(${nameIn(identities)}) : oldObject.metadata.?labels[?${KEY}]`,
  },
  patch: `!variables.maker.hasValue() ? []
: has(object.metadata.labels) ? [JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey(${KEY}), value: variables.maker.value()}]
: [JSONPatch{op: 'add', path: '/metadata/labels', value: {${KEY}: variables.maker.value()}}]`,
})

/** What Arena calls the kinds of its jobs: it keeps what belongs to a job in a ConfigMap named `<job>-<kind>`. */
const KINDS = '[a-z]*job|[a-z]+-serving|kserve|profile|optimize|benchmark|evaluate'
/** What Arena deletes with a job, as kubectl names it: a shell reads each line. */
const LIST = '([a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*(\\\\n|$))*'

/** What keeps that mark true, and what users make within the reach of those who end it. */
export const makerPolicy = (identities: string, resources: Record<string, string[]>) => ({
  resources: Object.fromEntries(
    Object.entries(resources).map(([group, kinds]) => [
      group,
      kinds.flatMap((kind) => [kind, `${kind}/status`]),
    ]),
  ),
  deletes: true,
  when: byUser(identities),
  variables: {
    user: nameIn(identities),
    created: "request.operation == 'CREATE'",
    deleted: "request.operation == 'DELETE'",
    labels: 'variables.deleted ? {} : object.metadata.?labels.orValue({})',
    before: 'variables.created ? {} : oldObject.metadata.?labels.orValue({})',
    // Of a job of Arena: who writes it can have whoever deletes the job run a command.
    kept:
      "request.resource.resource == 'configmaps' && (variables.deleted ? oldObject : " +
      `object).metadata.name.matches('-(${KINDS})$')`,
    list: "variables.kept && !variables.deleted ? object.?data.?app.orValue('') : ''",
    listBefore: "variables.kept && !variables.created ? oldObject.?data.?app.orValue('') : ''",
  },
  rules: [
    {
      must:
        `variables.labels.all(key, !key.startsWith(${OURS}) || (variables.created ? key == ${KEY} && ` +
        'variables.labels[key] == variables.user : variables.before[?key] == ' +
        'optional.of(variables.labels[key])))',
      message:
        `labels: ${MADE_BY_LABEL} names whoever makes a thing, and stays; others of that domain are ` +
        'not for users',
    },
    {
      must: `variables.deleted || variables.before.all(key, !key.startsWith(${OURS}) || key in variables.labels)`,
      message: `labels: ${MADE_BY_LABEL} stays as it is`,
    },
    {
      must:
        'variables.deleted || object.metadata.?finalizers.orValue([]).all(one, one == ' +
        "'kubernetes.io/pvc-protection' || !variables.created && one in " +
        'oldObject.metadata.?finalizers.orValue([]))',
      message: 'finalizers: would keep a thing from being deleted',
    },
    {
      must:
        'variables.created || variables.deleted || ' +
        'oldObject.metadata.?ownerReferences.orValue([]).all(one, ' +
        'object.metadata.?ownerReferences.orValue([]).exists(other, other.uid == one.uid))',
      message: 'ownerReferences: what belongs to another thing ends with it',
    },
    {
      must:
        "!variables.deleted || request.options.?propagationPolicy.orValue('') != 'Orphan' && " +
        '!request.options.?orphanDependents.orValue(false)',
      message: 'deletion: leaves nothing behind that goes on, so not with --cascade=orphan',
    },
    {
      must: `variables.list == variables.listBefore || variables.list.matches('^${LIST}$')`,
      message:
        'data.app: what Arena deletes with a job, one kind/name in a line; anything else a shell would run',
    },
    {
      must: (
        "!variables.kept || variables.created || variables.before[?KEY].orValue('') in ['', " +
        'variables.user]'
      ).replace('KEY', KEY),
      message: 'ConfigMap of a job of Arena: only whoever submitted the job changes or deletes it',
    },
  ],
})
