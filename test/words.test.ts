import { glob, readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { VERIFY_LANGUAGES } from '../lib/reporters/audit-messages.ts'
import { suite } from './support/suite.ts'

const it = suite('words')

const README = 'README.zh-CN.md'
const VERIFY = 'lib/reporters/audit-messages.ts'
const REPORT = 'lib/reporters/survey-messages.ts'
const TEXTS = [
  README,
  'docs/inventory.zh-CN.md',
  'docs/limits.zh-CN.md',
  'inventory/fields.zh.yaml',
  VERIFY,
  REPORT,
  'lib/reporters/stage-messages.ts',
]

/** The one word for a thing, where it must stand, and what else people write for it. */
const WORDS: readonly { word: string; stands: readonly string[]; never?: RegExp }[] = [
  { word: '令牌', stands: [README, VERIFY, REPORT], never: /(?<![-/\w]|JSON Web )[Tt]okens?(?![-\w])/ },
  { word: '作业', stands: [README, VERIFY, REPORT], never: /(提交|运行|训练)的?任务|搁置/ },
  { word: '偏差', stands: [README, REPORT], never: /漂移|偏离/ },
  { word: '清单', stands: [README, VERIFY], never: /库存|主机列表|配置文件/ },
  { word: '数据卷', stands: [README, VERIFY, REPORT], never: /存储卷/ },
  { word: '隔离级别', stands: [README, VERIFY, REPORT], never: /隔离模式|隔离等级/ },
  { word: '账号', stands: [README, VERIFY], never: /账户|帐号|帐户/ },
  { word: '机器', stands: [README, VERIFY], never: /客户机|客户端机器/ },
  { word: 'kubeconfig', stands: [README, VERIFY], never: /Kube[Cc]onfig/ },
  { word: 'API Server', stands: [README, VERIFY], never: /API ?(server|服务器)/ },
]

/** Lines in Chinese, without what is code. */
const chineseIn = async (file: string): Promise<string[]> => {
  const text = (await readFile(file, 'utf8')).replace(/^```[\s\S]*?^```$/gm, '')
  const lines = text.split('\n').filter((line) => /\p{Script=Han}/u.test(line))
  return file.endsWith('.ts')
    ? lines
    : lines.map((line) => line.replace(/`[^`]*`|\]\([^)]*\)|^[\w.[\]]+: /g, ''))
}

it('in Chinese are the same in README, documents, verify and report', async () => {
  const texts = new Map<string, string[]>()
  for (const file of TEXTS) texts.set(file, await chineseIn(file))
  for (const { word, stands, never } of WORDS) {
    for (const file of stands) assert.match(texts.get(file)!.join('\n'), word, file)
    for (const [file, lines] of texts)
      assert.equal(
        lines.filter((line) => never?.test(line)),
        [],
        `${file}: ${word}`,
      )
  }
})

it('of verdicts stand in README as verify prints them', async () => {
  const readme = (await readFile(README, 'utf8')).replaceAll('\n', '')
  const { verdicts, goalVerdict } = VERIFY_LANGUAGES.zh
  for (const word of [...Object.values(verdicts), goalVerdict('in-part', 'document')])
    assert.match(readme, word)
  const english = (await readFile('README.md', 'utf8')).replaceAll(/\s+/g, ' ')
  const { verdicts: words, goalVerdict: goals } = VERIFY_LANGUAGES.en
  for (const word of [...Object.values(words), goals('in-part', 'document')]) assert.match(english, word)
})

it('for people are the user and they', async () => {
  const gendered: string[] = []
  for await (const file of glob(
    '{*,{bench,docs,findings,inventory,lib,playbooks,sandbox,tasks,templates,test}/**/*}.{ts,md,sh,yaml,hbs}',
  ))
    for (const [word] of (await readFile(file, 'utf8')).matchAll(
      /\b(?:[Hh](?:e|is|im|imself|ers?|erself)|[Ss]he)\b/g,
    ))
      if (file !== 'test/words.test.ts') gendered.push(`${file}: ${word}`)
  assert.equal(gendered, [])
})

it.run()
