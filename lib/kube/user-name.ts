// How the API server names service accounts when they are users.

const PREFIX = 'system:serviceaccount:'

/** The user name of a service account. */
export const userNameOf = (namespace: string, serviceAccount: string): string =>
  `${PREFIX}${namespace}:${serviceAccount}`

/** The service account of such a name; undefined for the name of anybody else. */
export const serviceAccountNamed = (username: string): { namespace: string; name: string } | undefined => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? []
  return namespace === undefined ? undefined : { namespace, name: name! }
}

/** Whether a user name is that of a service account. */
export const isServiceAccount = (username: string): boolean => username.startsWith(PREFIX)
