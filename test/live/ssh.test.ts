import * as assert from 'uvu/assert'
import { connectSsh } from '../../lib/connect/ssh/ssh.ts'
import { fails, logInBy, test } from '../support/ssh-tests.ts'
import { startSshd } from '../support/sshd.ts'

logInBy(connectSsh)

const { signal } = new AbortController()

test('a server with none of the algorithms that we offer is told which those are, and in which list', async () => {
  for (const [option, only, ours] of [
    ['KexAlgorithms', 'sntrup761x25519-sha512@openssh.com', 'curve25519-sha256'],
    ['Ciphers', 'aes256-cbc', 'aes256-gcm@openssh.com'],
    ['MACs', 'umac-128-etm@openssh.com', 'hmac-sha2-256'],
  ]) {
    const hardened = await startSshd({
      config: [`${option} ${only}`, ...(option === 'MACs' ? ['Ciphers aes256-ctr'] : [])],
    })
    try {
      const error = await fails(connectSsh(hardened.settings(), { signal, timeoutMs: 30_000 }), 'unreachable')
      for (const part of [option!, ours!]) assert.match(error.hint!, part)
    } finally {
      await hardened.stop()
    }
  }
})

test.run()
