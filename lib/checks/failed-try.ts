import { type Ended, type Finding, fail, MAKE_NEW_TOKENS, RUN_SETUP, unknown, untrusted } from '../check.ts'

const TRUST = 'otherwise have that machine trust the authority, or name cluster.tlsServerName'
/** For a token that setup finds as it should be. */
export const RENEWED_OTHERWISE = `otherwise ${MAKE_NEW_TOKENS}`
/** The API server answers 401 to the user's own token. */
export const TOKEN_REFUSED = {
  verdict: 'fail',
  says: 'has a token that the API server does not take',
  repair: RUN_SETUP,
  otherwise: RENEWED_OTHERWISE,
} as const
const UNREACHED = /connection to the server|dial tcp|timeout|deadline exceeded|no route to host|no such host/i

/** Why something could not be done as a user: the user has no access, or nobody could tell. */
export const failedTry = (subject: string, ended: Ended | undefined): Finding => {
  if (ended === undefined) return unknown(subject, 'was not tried, because several before got no answer')
  const { code, stderr } = ended
  const said = untrusted(stderr.trim().split('\n').at(-1) ?? '')
  if ([124, 137, 143].includes(code)) return unknown(subject, 'got no answer in time')
  if (code === 127) return fail(subject, 'does not find Arena and its kubectl')
  if (/Unauthorized|provide credentials/i.test(stderr)) return { ...TOKEN_REFUSED, subjects: [subject] }
  if (/certificate/.test(stderr))
    return { ...fail(subject, 'does not trust the API server', said), otherwise: TRUST }
  if (UNREACHED.test(stderr)) return unknown(subject, `does not reach the API server from there: ${said}`)
  return code === 0
    ? unknown(subject, 'got fewer answers than were asked for')
    : fail(subject, 'was stopped', said)
}
