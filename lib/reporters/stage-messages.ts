import type { JobStage } from '../audit/job-trial.ts'
import { counted } from '../base/counted.ts'
import type { Language } from '../base/language.ts'

/** Who is at it, and for how long at most, where a stage says so. */
const factsOf = (at: JobStage): { users: readonly string[]; seconds: number } => ({
  users: [],
  seconds: 0,
  ...at,
})

const en = {
  start: (playbook: string, inventory: string, isCheck: boolean) =>
    `${playbook} · ${inventory}${isCheck ? ' · check: nothing is changed' : ''}`,
  read: (targets: number, seconds: number) => `${counted(targets, 'target')} read in ${seconds.toFixed(1)} s`,
  reading: 'Reading the machines and the cluster',
  asking: 'Asking the API server',
  ended: (title: string, done: number, bad: number) =>
    `${title}: ${done} done${bad > 0 ? `, ${bad} not` : ''}`,
  progress: (ended: number, total: number) => `${ended} of ${total}`,
  seconds: (seconds: number) => `${seconds} s`,
  others: (count: number) => `and ${count} more`,
  page: (file: string) => `Page for a browser written to ${file}`,
  stopping: (running: number) =>
    running === 0
      ? 'Stopping; again to break off'
      : `Finishing ${counted(running, 'change')}; again to break off`,
  trying: (at: JobStage): string => {
    const { users, seconds } = factsOf(at)
    return {
      begin: 'Step six: real jobs are submitted as one user of each group, and cleared away again',
      within: `Step six: ${users.join(', ')}: a job with one GPU each, until it runs (at most ${seconds} s)`,
      beyond: 'Step six: a job beyond the quota each, until it is held',
      'goes-on': 'Step six: the first job ends, until the one that was held goes on',
      clearing: 'Step six: the jobs are cleared away',
      pods: `Pods: ${users.join(', ')}: a pod each that stays, until it runs`,
      look: 'Pods: another pod each, which looks around',
      'clearing-pods': 'Pods: the jobs are cleared away',
    }[at.stage]
  },
}

/** What a run says of the stage that it is at. */
export type StageMessages = typeof en

const zh: StageMessages = {
  start: (playbook, inventory, isCheck) =>
    `${playbook} · ${inventory}${isCheck ? ' · 只检查，不做任何更改' : ''}`,
  read: (targets, seconds) => `已读取 ${targets} 个目标，用时 ${seconds.toFixed(1)} 秒`,
  reading: '正在读取机器和集群',
  asking: '正在询问 API Server',
  ended: (title, done, bad) => `${title}：完成 ${done}${bad > 0 ? `，未完成 ${bad}` : ''}`,
  progress: (ended, total) => `${ended}/${total}`,
  seconds: (seconds) => `${seconds} 秒`,
  others: (count) => `另有 ${count} 个`,
  page: (file) => `已写入网页：${file}`,
  stopping: (running) =>
    running === 0 ? '正在停止；再按一次立即中断' : `正在完成 ${running} 项更改；再按一次立即中断`,
  trying: (at) => {
    const { users, seconds } = factsOf(at)
    return {
      begin: '第六步：以每个组的一个用户提交真实作业，然后清除',
      within: `第六步：${users.join('、')}：各提交一个使用一张 GPU 的作业，直到运行（最多 ${seconds} 秒）`,
      beyond: '第六步：各提交一个超出配额的作业，直到它处于等待',
      'goes-on': '第六步：结束第一个作业，直到等待的作业继续',
      clearing: '第六步：正在清除这些作业',
      pods: `Pod：${users.join('、')}：各运行一个持续的 Pod，直到它运行`,
      look: 'Pod：各再运行一个 Pod，查看周围',
      'clearing-pods': 'Pod：正在清除这些作业',
    }[at.stage]
  },
}

/** The messages in a language; English where none was asked for. */
export const stageMessages = (language: Language = 'en'): StageMessages => ({ en, zh })[language]
