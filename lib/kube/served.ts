// Commands about kinds that a cluster may not serve: of several kinds kubectl gets none where one is missing.

/** Shell that gets each kind of an API group that is served; of those only that begin so, when `prefix` is given. */
export const getServed = (apiGroup: string, { prefix = '', flags = '' } = {}): string =>
  [
    `kubectl api-resources --api-group=${apiGroup} --verbs=list -o name`,
    ...(prefix === '' ? [] : [`grep ^${prefix}`]),
    `xargs -I% kubectl get %${flags === '' ? '' : ` ${flags}`}`,
  ].join(' | ')

/** Shell that shows what changes objects on their way into the cluster; older servers know only webhooks. */
export const GET_MUTATING = getServed('admissionregistration.k8s.io', { prefix: 'mutating' })
