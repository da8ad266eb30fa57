/** What a run calls this machine where it keeps the policies that the API server reads from files. */
export const STATIC_MANIFESTS = 'static-manifests'
