import * as z from 'zod'

const word = z.string().nullish()
const words = z.array(z.string()).nullish()

/** A cluster in a kubeconfig, by kubectl's names: what is not here is not used. */
export const clusterEntry = z.looseObject({
  server: z.string().min(1),
  'certificate-authority-data': word,
  'certificate-authority': word,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': word,
  'proxy-url': word,
  extensions: z.array(z.looseObject({ name: z.string() })).nullish(),
})

/** A user in a kubeconfig: credentials, and whom to act as with them. */
export const userEntry = z.looseObject({
  token: word,
  tokenFile: word,
  'client-certificate-data': word,
  'client-certificate': word,
  'client-key-data': word,
  'client-key': word,
  username: word,
  password: word,
  exec: z
    .looseObject({
      apiVersion: z.string(),
      command: z.string().min(1),
      args: words,
      env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
      installHint: word,
      provideClusterInfo: z.boolean().nullish(),
    })
    .nullish(),
  'auth-provider': z
    .looseObject({ name: z.string(), config: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
  as: word,
  'as-uid': word,
  'as-groups': words,
  'as-user-extra': z.record(z.string(), z.array(z.string())).nullish(),
})

/** A context of a kubeconfig: which cluster, and as whom. */
export const contextEntry = z.looseObject({ cluster: z.string().min(1), user: word })

export type ClusterEntry = z.output<typeof clusterEntry>
export type UserEntry = z.output<typeof userEntry>

/** What is wrong with an entry, without quoting any of it. */
export const lackIn = (kind: string, { issues: [issue] }: z.ZodError): string => {
  const isAbsent = issue!.code === 'too_small' || issue!.message.endsWith('received undefined')
  return `${[kind, ...issue!.path].join('.')} ${isAbsent ? 'is missing' : 'is not what kubectl reads there'}`
}
