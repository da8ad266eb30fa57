import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type AutomationError, isAutomationError } from '../../../lib/base/errors.ts'
import { type SecretSource, secret, secretFrom } from '../../../lib/inventory/secret-source.ts'
import { rejects, suite } from '../../support/suite.ts'

const it = suite('inventory: secrets')

let directory: string
it.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secret-'))
})
it.after(() => rm(directory, { recursive: true }))

const reveal = (source: SecretSource): Promise<string> =>
  secretFrom('bob/password', source, directory).reveal()

const refusal = async (source: SecretSource): Promise<AutomationError> => {
  const error = await rejects(reveal(source))
  assert.ok(isAutomationError(error), error.message)
  assert.is(error.code, 'secret')
  assert.is(error.subject, 'bob/password')
  return error
}

const write = async (name: string, text: string | Buffer, mode = 0o600): Promise<string> => {
  const file = join(directory, name)
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

it('a file gives its text without the line break at its end', async () => {
  await write('plain', 'pa ss\n')
  assert.is(await reveal(secret.file('plain')), 'pa ss')
  assert.is(await reveal(secret.file(await write('dos', 'pass\r\n'))), 'pass')
  assert.is(await reveal(secret.file(await write('bare', 'pass'))), 'pass')
})

it('a file that others can read is refused with what to do', async () => {
  for (const mode of [0o604, 0o640, 0o610]) {
    const file = await write('open', 'pass\n', mode)
    const { reason, hint } = await refusal(secret.file(file))
    assert.match(reason, `0${mode.toString(8)}`)
    assert.is(hint, `chmod 600 ${file}`)
  }
})

it('a file that is missing, empty, a directory or longer than a line is refused', async () => {
  assert.match((await refusal(secret.file('nowhere'))).reason, /nowhere.*ENOENT/)
  await refusal(secret.file('.'))
  await refusal(secret.file(await write('empty', '\n')))
  assert.not.match((await refusal(secret.file(await write('two', 'hunter2\nb\n')))).message, /hunter2/)
})

it('what is not UTF-8, or begins with a mark that nobody types, is refused wherever it comes from', async () => {
  // 密码 in GBK.
  const gbk = await write('gbk', Buffer.from([0xc3, 0xdc, 0xc2, 0xeb, 0x0a]))
  assert.match((await refusal(secret.file(gbk))).reason, 'UTF-8')
  assert.match((await refusal(secret.command(`cat ${gbk}`))).reason, 'UTF-8')
  assert.match((await refusal(secret.file(await write('mark', '\ufeffpass\n')))).reason, 'byte order mark')
  assert.is(await reveal(secret.file(await write('utf8', '密码\n'))), '密码')
})

it('a variable is read when the secret is revealed, not before', async () => {
  const later = secretFrom('bob/password', secret.env('SECRET_TEST'), directory)
  process.env['SECRET_TEST'] = 'pass'
  assert.is(await later.reveal(), 'pass')
  delete process.env['SECRET_TEST']
  assert.match((await refusal(secret.env('SECRET_TEST'))).hint!, 'export SECRET_TEST')
})

it('a variable that is empty is refused', async () => {
  process.env['SECRET_TEST'] = ''
  assert.match((await refusal(secret.env('SECRET_TEST'))).reason, 'SECRET_TEST')
})

it('a command gives what it prints, runs in the directory of the inventory and reads nothing', async () => {
  await write('here', 'pass\n')
  assert.is(await reveal(secret.command('cat here')), 'pass')
  assert.is(await reveal(secret.command('cat; echo end')), 'end')
  assert.is(await reveal(secret.command("echo noise >&2; printf '%s' \"it's\"")), "it's")
})

it('a command runs once, however often its secret is needed', async () => {
  const counted = secretFrom('bob/password', secret.command('echo run >> count; echo pass'), directory)
  await Promise.all([counted.reveal(), counted.reveal(), counted.prefetch()])
  assert.is(await readFile(join(directory, 'count'), 'utf8'), 'run\n')
})

it('a command that fails is named with what it said, but not with what it printed', async () => {
  const { reason, hint } = await refusal(secret.command('echo hunter2; echo no such entry >&2; exit 3'))
  assert.match(reason, /\b3\b.*no such entry/)
  assert.not.match(reason, 'hunter2')
  assert.match(hint!, 'echo hunter2; echo no such entry >&2; exit 3')
  assert.match((await refusal(secret.command('kill -9 $$'))).reason, 'SIGKILL')
})

it('a command that prints nothing, or more than a line, is refused without its output', async () => {
  await refusal(secret.command('true'))
  const { message } = await refusal(secret.command('cat two'))
  assert.not.match(message, /hunter2/)
})

it('hundreds of commands do not run at once', async () => {
  const line = 'mkdir running.$$; ls -d running.* | wc -l; sleep 0.02; rmdir running.$$'
  const counts = await Promise.all(Array.from({ length: 40 }, () => reveal(secret.command(line))))
  assert.ok(Math.max(...counts.map(Number)) <= 8, counts.join())
})

it.run()
