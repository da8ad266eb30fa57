import { TAMPERINGS } from '../../sandbox/tampering.ts'

/** One command of the corpus, or something done between two commands. */
export type Scene =
  | {
      name: string
      play: string
      flags?: readonly string[]
      inventory?: string | null
    }
  | { tamper: readonly string[] }
  | { on: 'client01' | 'cluster'; script: string }
  | { edit: readonly [from: string, to: string] }

const CHECK = ['--check', '--output', 'lines']

/** Drift on machines and in the cluster, each of another kind, none of which hides another. */
const DRIFT = TAMPERINGS.map(({ sentence }) => sentence).filter(
  (sentence) => !/^tom's account|Arena's own|put into sudo|made again|token is deleted/.test(sentence),
)

/** A group and its user as somebody who follows the document makes them. */
const ACCOUNT = `groupadd -g 10001 dev1
groupadd -g 20001 bob
useradd -u 20001 -g bob -G dev1 -m -s /bin/bash bob`
const NAMESPACE = `kubectl create namespace dev1
kubectl create serviceaccount bob -n dev1
kubectl create role member -n dev1 --verb=get,list --resource=pods
kubectl create rolebinding bob-member -n dev1 --role=member --serviceaccount=dev1:bob
kubectl create quota dev1-compute-resources -n dev1 --hard=requests.nvidia.com/gpu=1`

const verify = (name: string, ...flags: string[]): Scene => ({ name, play: 'verify', flags })
const report = (name: string, ...flags: string[]): Scene => ({ name, play: 'report', flags })
const setup = (name: string, ...flags: string[]): Scene => ({ name, play: 'setup', flags })
const change = (play: string, ...flags: string[]): Scene[] => [
  { name: `${play} check`, play, flags: [...flags, ...CHECK, '--diff'] },
  { name: play, play, flags: [...flags, '--output', 'json'] },
]

/** What is recorded, in this order, on a sandbox with nothing in it. */
export const SCENES: readonly Scene[] = [
  setup('list', '--list'),
  setup('usage', '--nonsense'),
  { name: 'no inventory', play: 'setup', inventory: 'nowhere.yaml' },
  { name: 'bad inventory', play: 'setup', inventory: 'bad.yaml' },
  { name: 'machine away', play: 'setup', inventory: 'away.yaml', flags: CHECK },
  { on: 'client01', script: ACCOUNT },
  { on: 'cluster', script: NAMESPACE },
  { name: 'adopt', play: 'adopt', inventory: null, flags: ['--out', '<out>/found.ts'] },
  { name: 'adopt yaml', play: 'adopt', inventory: null, flags: ['--out', '<out>/found.yaml'] },
  setup('first check', ...CHECK, '--diff'),
  setup('first check json', '--check', '--output', 'json'),
  setup('first', '--output', 'json'),
  setup('again', '--output', 'lines'),
  verify('verify', '--output', 'lines', '--lang', 'en'),
  verify('verify zh', '--output', 'lines', '--lang', 'zh', '--report', '<out>/verify.html'),
  report('report', '--output', 'lines'),
  report('report zh', '--output', 'lines', '--lang', 'zh', '--html', '<out>/report.html'),
  { tamper: DRIFT },
  setup('drift', ...CHECK),
  setup('drift in full', ...CHECK, '--diff'),
  setup('drift junit', '--check', '--output', 'junit'),
  setup('drift of one', ...CHECK, '--user', 'bob', '--limit', 'client01'),
  report('drift report', '--output', 'json'),
  verify('drift verify', '--output', 'json'),
  setup('saved plan', ...CHECK, '--out', '<out>/plan.json'),
  setup('planned', '--output', 'lines', '--plan', '<out>/plan.json'),
  verify('put right', '--output', 'junit'),
  ...change('add-user', '--name', 'user03', '--group', 'dev1', '--password-file', '<out>/password'),
  ...change('add-group', '--name', 'dev3', '--gpu', '1', '--volume', 'dev3-public=/dev3'),
  ...change('set-quota', '--group', 'dev1', '--gpu', '2', '--cpu', '4'),
  ...change('rotate-credentials', '--user', 'bob'),
  ...change('remove-user', '--name', 'user03', '--jobs', 'stop'),
  ...change('remove-group', '--name', 'dev3', '--delete-namespace', 'dev3'),
  { edit: ['isolation: document', 'isolation: strict'] },
  setup('to strict check', ...CHECK, '--diff'),
  setup('to strict', '--output', 'json'),
  setup('strict again', '--output', 'lines'),
  verify('strict verify', '--output', 'lines'),
  report('strict report', '--output', 'lines'),
]
