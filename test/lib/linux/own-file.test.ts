import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { askedScript } from '../../../lib/engine/ask.ts'
import { OwnFile, type SeenFile } from '../../../lib/linux/own-file.ts'
import type { Answers, Probe } from '../../../lib/resource/type.ts'
import { answersWith } from '../../support/answers.ts'
import { debian } from '../../support/debian.ts'
import { shells } from '../../support/shells.ts'
import { suite } from '../../support/suite.ts'

const it = suite('own-file', { seconds: 60 })

const ofOne = (directory: string, name: string, limit: number): OwnFile =>
  new OwnFile({
    directory,
    name,
    limit,
    probes: { paths: `paths ${name}`, mounts: `mounts ${name}`, files: `files ${name}` },
  })

const KEYS = ofOne('.keys', 'own', 100)
const CONFIG = ofOne('.conf', 'config', 1000)

const root = mkdtempSync(join(tmpdir(), 'own-file-'))
const tools = join(root, 'bin')
const homeOf = (name: string): string => join(root, 'homes', name)

const put = (name: string, path: string, text: string): void => {
  const file = join(homeOf(name), path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}

it.before(async () => {
  put('ann', '.conf/config', 'of ann')
  put('ann', '.keys/own', 'key of ann')
  put('it is ben', '.conf/config', 'x'.repeat(1000))
  put('it is ben', '.keys/own', 'x'.repeat(101))
  put('cat', 'elsewhere/config', 'of cat')
  symlinkSync('elsewhere', join(homeOf('cat'), '.conf'))
  put('dan', '.keys/own', 'key of dan')
  mkdirSync(join(homeOf('dan'), '.conf/config'), { recursive: true })
  mkdirSync(tools)
  for (const tool of ['tar', 'head', 'base64', 'xargs', 'timeout', 'wc', 'tr', 'sed', 'awk', 'cat', 'stat'])
    symlinkSync((await debian()).path('busybox'), join(tools, tool))
})

it.after(() => rmSync(root, { recursive: true }))

/** What the probes print, those of one script together as a run asks them, with each shell and set of tools. */
const eachAnswers = async (probes: readonly Probe[], judge: (answers: Answers, shell: string) => void) => {
  const unlike = new Map(probes.map((probe) => [probe.id, probe]))
  for (const [name, [command, ...args]] of await shells())
    for (const first of [[], [tools]]) {
      const printed = new Map(
        [...Map.groupBy(unlike.values(), ({ script }) => String(script))].flatMap(([, alike]) => {
          const { status, stdout, stderr } = spawnSync(command, args, {
            input: `(eval '${String(askedScript(alike)).replaceAll("'", "'\\''")}') </dev/null`,
            env: { PATH: [...first, process.env['PATH']].join(':') },
          })
          assert.is(status, 0, `${name}: ${stderr}`)
          return alike.map(({ id, part }) => {
            const at = part === undefined ? stdout.length : stdout.indexOf(0)
            return [id, part === 'after NUL' ? stdout.subarray(at + 1) : stdout.subarray(0, at)] as const
          })
        }),
      )
      judge(
        answersWith((id) => printed.get(id)!),
        `${name} ${first}`,
      )
    }
}

const contentOf = ({ content }: SeenFile): string | undefined => content?.bytes.toString('utf8')

it('reads each file of its own in homes that one or the other is asked about, within its own limit', async () => {
  const of = (...names: string[]) => names.map((name) => ({ home: homeOf(name) }))
  const probes = [
    ...CONFIG.probes(of('ann', 'it is ben', 'cat', 'dan', 'nobody'), 'own-file-test'),
    ...KEYS.probes(of('it is ben', 'dan'), 'own-file-test'),
  ]
  assert.is(new Set(probes.map(({ script }) => String(script))).size, 3, 'own files, mounts, the machine')
  await eachAnswers(probes, (answers, shell) => {
    const config = CONFIG.read(answers)
    const keys = KEYS.read(answers)
    assert.equal(
      ['ann', 'it is ben', 'cat', 'dan', 'nobody'].map((name) => contentOf(config(homeOf(name)))),
      ['of ann', 'x'.repeat(1000), undefined, undefined, undefined],
      shell,
    )
    assert.equal(
      ['it is ben', 'dan'].map((name) => contentOf(keys(homeOf(name)))),
      [undefined, 'key of dan'],
      shell,
    )
    const { directory, file } = config(homeOf('cat'))
    assert.equal([directory?.type, file?.type], ['symbolic link', 'file'], shell)
    assert.equal([keys(homeOf('it is ben')).file?.size, config(homeOf('dan')).file?.type], [101, 'directory'])
    assert.is(config(homeOf('nobody')).home, undefined, shell)
  })
})

it('opens no file that has a second name', async () => {
  linkSync(join(homeOf('ann'), '.conf/config'), join(homeOf('ann'), 'again'))
  try {
    await eachAnswers(CONFIG.probes([{ home: homeOf('ann') }], 'own-file-test'), (answers, shell) => {
      const { file, content } = CONFIG.read(answers)(homeOf('ann'))
      assert.equal([file?.links, content], [2, undefined], shell)
    })
  } finally {
    rmSync(join(homeOf('ann'), 'again'))
  }
})

it('reads it of all local accounts of a range', async () => {
  const { homedir, uid } = userInfo()
  const asked = { users: [], groups: [] }
  await eachAnswers(CONFIG.probesOfAll({ min: uid, max: uid }, asked), (answers, shell) => {
    const at = CONFIG.read(answers)
    assert.equal([at(homedir).home?.type, at(homeOf('ann')).home], ['directory', undefined], shell)
  })
})

it.run()
