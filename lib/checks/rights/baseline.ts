import type { Given, Grant, Holding } from '../../audit/rbac.ts'
import { defined } from '../../base/defined.ts'
import type { LiveRule } from '../../kube/rbac.ts'

/**
 * Rights in words, for comparing and for showing: `get /version`, `create selfsubjectreviews.authentication.k8s.io`.
 */
type Rights = ReadonlySet<string>

const reads = (...paths: string[]): Rights => new Set(paths.map((path) => `get ${path}`))

/**
 * The roles that a cluster is born with for everybody, and all that they give in Kubernetes 1.27 to 1.37
 * (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go): to learn what the API is, and to ask about oneself.
 */
const BASELINE: ReadonlyMap<string, Rights> = new Map(
  Object.entries({
    'system:basic-user': new Set([
      'create selfsubjectaccessreviews.authorization.k8s.io',
      'create selfsubjectrulesreviews.authorization.k8s.io',
      'create selfsubjectreviews.authentication.k8s.io',
    ]),
    'system:discovery': reads(
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ),
    'system:public-info-viewer': reads('/healthz', '/livez', '/readyz', '/version', '/version/'),
    'system:service-account-issuer-discovery': reads(
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
    'system:cluster-trust-bundle-discovery': new Set(
      ['get', 'list', 'watch'].map((verb) => `${verb} clustertrustbundles.certificates.k8s.io`),
    ),
  }),
)

/** The only one of them that is also for those who are not logged in. */
const PUBLIC = 'system:public-info-viewer'

/** Whether a grant is one that a cluster is born with; what its role gives is another question. */
export const isBaseline = ({ subject, namespace, role }: Holding): boolean =>
  subject.kind === 'Group' &&
  namespace === undefined &&
  BASELINE.has(role.name) &&
  (subject.name !== 'system:unauthenticated' || role.name === PUBLIC)

/** What a grant gives beyond what the role of that name gives in every cluster, in words. */
export const beyondBaseline = (grant: Grant): string[] => {
  const shipped = BASELINE.get(grant.role.name)
  return rightsIn(grant).filter((right) => !shipped?.has(right))
}

/** The rules of a grant without what `beyondBaseline` tells. */
export const baselineRules = (grant: Grant): LiveRule[] => {
  const shipped = BASELINE.get(grant.role.name)
  return grant.rules.flatMap((rule) => {
    const single = singles(rule)
    const kept = single.filter((one) => shipped?.has(wordsOf(one)))
    return kept.length === single.length ? [rule] : kept
  })
}

/** Everything that a grant's rules say, in words. */
export const rightsIn = ({ rules }: Given): string[] => rules.flatMap((rule) => singles(rule).map(wordsOf))

/** A rule taken apart: each has one verb for one resource, or for one path. */
const singles = ({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames,
  nonResourceURLs = [],
}: LiveRule): LiveRule[] => {
  const things = resources.flatMap((resource) =>
    apiGroups.map((group) => ({
      apiGroups: [group],
      resources: [resource],
      ...defined({ resourceNames }),
    })),
  )
  return [...nonResourceURLs.map((url) => ({ nonResourceURLs: [url] })), ...things].flatMap((thing) =>
    verbs.map((verb) => ({ ...thing, verbs: [verb] })),
  )
}

const wordsOf = ({ verbs, apiGroups, resources, resourceNames = [], nonResourceURLs }: LiveRule): string => {
  if (resources === undefined) return `${verbs[0]} ${nonResourceURLs![0]}`
  const group = apiGroups![0] === '' ? '' : `.${apiGroups![0]}`
  const names = resourceNames.length === 0 ? '' : ` ${resourceNames.join(', ')}`
  return `${verbs[0]} ${resources[0]}${group}${names}`
}
