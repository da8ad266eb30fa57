import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { sshKey } from '../base/ssh-key.ts'

/** The public keys in a file such as `id_ed25519.pub`; of a wrong one nothing is quoted, since it may be private. */
export const keysOf = (file: string): string[] => {
  const text = read(file)
  const mistake = /PRIVATE KEY|PuTTY-User-Key-File/.test(text) ? sshKey(text) : undefined
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (keys.length === 0) throw new InvalidArgumentError('it holds no key.')
  const wrong = mistake ?? keys.map(sshKey).find((one) => one !== undefined)
  if (wrong !== undefined) throw new InvalidArgumentError(`what it holds ${wrong.reason}: ${wrong.hint}.`)
  return keys
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InvalidArgumentError(`it cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
  }
}
