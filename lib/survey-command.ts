import { writeFile } from 'node:fs/promises'
import type { User } from '../inventory/schema.ts'
import type { Invocation, Program } from './cli.ts'
import { InventoryReach } from './connect/reach.ts'
import { AutomationError, worstExit } from './errors.ts'
import { executePlaybook } from './execute.ts'
import { oneOf, selectionOf } from './flags.ts'
import { markerOf } from './linux/accounts.ts'
import { dotKubeProbes, readDotKube } from './linux/dot-kube.ts'
import { KubeconfigFile } from './linux/kubeconfig-file.ts'
import { askCluster, askHost } from './observe.ts'
import type { Plan } from './plan.ts'
import type { Survey } from './playbook.ts'
import type { Target } from './resource-type.ts'
import type { Language } from './tenants/messages.ts'
import { TENANT_KINDS, tenantsReport } from './tenants/tenants.ts'

interface Own {
  lang: Language
  html?: string
}

/** A report as a command: what a playbook would change, and how the tenants stand. It changes nothing. */
export const surveyCommand = (survey: Survey): Program<Own> => ({
  name: survey.name,
  description: survey.description,
  flags: (command) =>
    void command
      .option('--lang <language>', 'en or zh', oneOf(['en', 'zh'] as const), 'en')
      .option('--html <file>', 'also write a page for a browser'),
  async run(invocation) {
    const { flags, reporter } = invocation
    const report = await look(survey, invocation)
    if (flags.html !== undefined) await writePage(flags.html, report, flags.lang)
    reporter.on({ type: 'tenants', report, language: flags.lang })
    return report.exitCode
  },
})

type Report = ReturnType<typeof tenantsReport>

/** Two looks at each target: one for the plan, one for what a plan does not need. */
const look = async ({ of }: Survey, { inventory, flags, interrupts }: Invocation<Own>): Promise<Report> => {
  const reach = new InventoryReach(inventory, { signal: interrupts.abort, timeout: flags.timeout })
  try {
    let plan: Plan | undefined
    const recap = await executePlaybook(of, inventory, {
      mode: 'check',
      selection: selectionOf(flags),
      forks: flags.forks,
      timeout: flags.timeout,
      reach,
      emit(event) {
        if (event.type === 'plan') plan = event.plan
      },
      ...interrupts,
    })
    const cluster: Target = { type: 'cluster', name: inventory.cluster.name }
    const [answers, kubeconfigs] = await Promise.all([
      askCluster(cluster, [{ kinds: TENANT_KINDS }], await reach.cluster(), interrupts.abort),
      kubeconfigsOf(inventory, reach, interrupts.abort),
    ])
    return tenantsReport({
      inventory,
      plan: plan!,
      items: answers.items,
      tokenTimes: (user) => kubeconfigs(user),
      now: new Date(),
      exitCode: worstExit([recap!.exitCode]),
    })
  } finally {
    await reach.close()
  }
}

type Times = { made?: number | undefined; ends?: number | undefined }

/** What tokens say of themselves; the first machine that is reached tells, for they are the same on all. */
const kubeconfigsOf = async (
  { name, hosts, users }: Invocation<Own>['inventory'],
  reach: InventoryReach,
  signal: AbortSignal,
): Promise<(user: User) => Times | undefined> => {
  const probes = dotKubeProbes(
    users.map(({ home }) => home),
    markerOf(name),
  )
  for (const host of hosts)
    try {
      const on: Target = { type: 'host', name: host.name }
      const read = readDotKube(await askHost(on, [{ probes }], await reach.host(host.name), signal))
      return ({ name: user, home }) => {
        const { content } = read(home)
        const claims = content && new KubeconfigFile(user, content.bytes).claims(user)
        return claims && { made: numberIn(claims, 'iat'), ends: numberIn(claims, 'exp') }
      }
    } catch {
      // The plan says already that this machine was not reached.
    }
  return () => undefined
}

const numberIn = (claims: object, key: string): number | undefined => {
  const value = (claims as Record<string, unknown>)[key]
  return typeof value === 'number' ? value : undefined
}

const writePage = async (file: string, report: Report, language: Language): Promise<void> => {
  const { tenantsPage } = await import('./reporters/tenants-html.ts')
  try {
    await writeFile(file, tenantsPage(report, language))
  } catch (error) {
    throw new AutomationError({
      code: 'usage',
      subject: `--html ${file}`,
      message: `cannot be written (${(error as NodeJS.ErrnoException).code})`,
      hint: 'name a file in a directory that is there and that you may write to',
    })
  }
}
