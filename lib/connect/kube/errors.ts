import { defined } from '../../base/defined.ts'
import {
  AutomationError,
  asAutomationError,
  type ErrorDetails,
  isAutomationError,
} from '../../base/errors.ts'
import { untrusted } from '../../base/printable.ts'

/** A request in words, for errors: what is done, and to what. */
export interface RequestInWords {
  verb: string
  subject: string
}

/** Why the API server refused, from its status and the message of its Status object; of the body nothing else. */
export const refusal = (
  { verb, subject }: RequestInWords,
  server: string,
  status: number,
  body: string,
): AutomationError => {
  const { message: said = '', reason, isStatus } = statusIn(body)
  const says = said === '' ? '' : `: ${untrusted(said)}`
  const fail = (details: ErrorDetails) => new AutomationError({ subject, status, ...details })
  switch (status) {
    case 401:
      return fail({
        code: 'auth',
        subject: server,
        message: 'the API server does not accept the credentials of the kubeconfig',
        hint: 'see whether they have expired: kubectl auth whoami, with the same --kubeconfig and --context',
      })
    case 403:
      // Whatever it lacks, nobody is to be given a right to it who is not logged in.
      if (said.includes('User "system:anonymous"'))
        return fail({
          code: 'auth',
          subject: server,
          message: `the API server takes us for anonymous${says}`,
          hint:
            'see whom it takes you for: kubectl auth whoami, with the same --kubeconfig and --context; something on ' +
            'the way may drop credentials',
        })
      return fail({
        code: 'api',
        message: `the API server does not let us ${verb} it${says}`,
        ...defined({ hint: missingRight(said) }),
      })
    case 404:
      return fail({ code: 'api', message: `the API server does not have it${says}` })
    case 409:
      return fail({
        code: 'conflict',
        message: `cannot ${verb} it${says}`,
        hint: 'somebody else changed it in between: run again',
      })
    case 429:
      return fail({
        code: 'api',
        message: 'the API server has too much to do',
        hint: 'run again later',
        retryable: true,
      })
    case 502:
    case 503:
    case 504:
      return fail({
        code: 'unreachable',
        subject: server,
        message: `the API server is not available (${status})${says}`,
        hint: 'run again when it is',
        retryable: true,
      })
    default:
      return fail({
        code: 'api',
        message: `cannot ${verb} it (${status})${says}`,
        // Server-side apply answers 500 without a reason to a field that is not in the schema.
        retryable: status >= 500 && !(isStatus && reason === undefined),
      })
  }
}

/** Why something was broken off: what the signal says, when it says it in our terms. */
export const brokenOff = (subject: string, { reason }: AbortSignal): AutomationError =>
  isAutomationError(reason)
    ? reason
    : new AutomationError({ code: 'cancelled', subject, message: 'was broken off' })

/** What a request ended with: what the network did to it, or a bug of ours, which no later attempt would mend. */
export const failedCall = (call: RequestInWords, server: string, error: unknown): AutomationError => {
  if (isAutomationError(error)) return error
  if (error instanceof SyntaxError) return notJson(call)
  return isOfNetwork(error) ? noAnswer(server, error) : asAutomationError(error, call.subject)
}

/** Sockets, TLS and what unpacks an answer give their errors a code, and so does Node to calls that make no sense. */
const isOfNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof TypeError || error instanceof RangeError) &&
  typeof (error as NodeJS.ErrnoException).code === 'string'

const notJson = ({ subject }: RequestInWords): AutomationError =>
  new AutomationError({
    code: 'api',
    subject,
    message: 'the answer is not JSON',
    hint: 'is the server in the kubeconfig an API server, or something in front of it that asks to log in?',
  })

/** Why there was no answer. */
export const noAnswer = (server: string, error: unknown): AutomationError => {
  const { code = '', message, statusCode } = error as NodeJS.ErrnoException & { statusCode?: number }
  if (code === 'ERR_PROXY_TUNNEL' && statusCode !== undefined) return noTunnel(server, statusCode)
  const untrustedServer = /CERT|SIGN|ISSUER|TLS|SSL|EPROTO/.test(code)
  return new AutomationError({
    code: 'unreachable',
    subject: server,
    message: REASONS[code] ?? untrusted(message || code),
    hint: untrustedServer
      ? 'the certificate authority or the address in the kubeconfig is not that of this API server'
      : [
          'see whether it can be reached: kubectl version, with the same --kubeconfig and --context',
          ...unused(),
        ].join('; '),
    retryable: true,
    cause: error,
  })
}

/** A refusal that may be taken back. */
export const notAwake = (server: string, status: number): AutomationError =>
  new AutomationError({
    code: 'unreachable',
    subject: server,
    message: 'has only just come back, and does not know yet who may do what',
    hint: 'run again in a moment',
    status,
    retryable: true,
  })

/** What a proxy says is its own word, and may quote what it was sent. */
const noTunnel = (server: string, status: number): AutomationError =>
  new AutomationError({
    code: 'unreachable',
    subject: server,
    message: `the proxy on the way to it answers ${status}`,
    hint:
      status === 407
        ? 'it wants to know who we are: proxy-url in the kubeconfig may be http://user:password@proxy:port'
        : 'does it let us through to this address? see proxy-url in the kubeconfig',
    retryable: status >= 500,
  })

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'the connection was lost',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'does not answer',
  ERR_PROXY_TUNNEL: 'the proxy on the way to it hung up',
}

/** kubectl goes through a proxy of the environment; we only where the kubeconfig says so. */
const unused = (): string[] => {
  const name = ['HTTPS_PROXY', 'https_proxy'].find((one) => process.env[one])
  return name === undefined ? [] : [`${name} is not used: write proxy-url into the cluster of the kubeconfig`]
}

const statusIn = (body: string): { isStatus: boolean; message?: string; reason?: string } => {
  try {
    const { kind, message, reason } = JSON.parse(body)
    return kind === 'Status' ? { isStatus: true, message, reason } : { isStatus: false }
  } catch {
    return { isStatus: false }
  }
}

const missingRight = (message: string): string | undefined => {
  if (message.includes('attempting to grant RBAC permissions not currently held'))
    return 'whoever sets up roles must hold every right in them, or `escalate` on roles and `bind` on what is bound'
  const [, verb, resource, group, namespace] =
    /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(message) ??
    []
  if (verb === undefined) return undefined
  const where = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`
  return untrusted(`grant ${verb} on ${resource}${group === '' ? '' : `.${group}`} ${where}`)
}
