import type { JobStage } from '../audit/job-trial.ts'
import { counted } from '../base/counted.ts'
import type { Language } from '../base/language.ts'

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
    switch (at.stage) {
      case 'begin':
        return 'Step six: real jobs are submitted as one user of each group, and cleared away again'
      case 'within':
        return `Step six: ${at.users.join(', ')}: a job with one GPU each, until it runs (at most ${at.seconds} s)`
      case 'beyond':
        return 'Step six: a job beyond the quota each, until it is held'
      case 'goes-on':
        return 'Step six: the first job ends, until the one that was held goes on'
      case 'clearing':
        return 'Step six: the jobs are cleared away'
      case 'pods':
        return `Pods: ${at.users.join(', ')}: a pod each that stays, until it runs`
      case 'look':
        return 'Pods: another pod each, which looks around'
      case 'clearing-pods':
        return 'Pods: the jobs are cleared away'
    }
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
    switch (at.stage) {
      case 'begin':
        return '第六步：以每个组的一个用户提交真实作业，然后清除'
      case 'within':
        return `第六步：${at.users.join('、')}：各提交一个使用一张 GPU 的作业，直到运行（最多 ${at.seconds} 秒）`
      case 'beyond':
        return '第六步：各提交一个超出配额的作业，直到它处于等待'
      case 'goes-on':
        return '第六步：结束第一个作业，直到等待的作业继续'
      case 'clearing':
        return '第六步：正在清除这些作业'
      case 'pods':
        return `Pod：${at.users.join('、')}：各运行一个持续的 Pod，直到它运行`
      case 'look':
        return 'Pod：各再运行一个 Pod，查看周围'
      case 'clearing-pods':
        return 'Pod：正在清除这些作业'
    }
  },
}

/** The messages in a language; English where none was asked for. */
export const stageMessages = (language: Language = 'en'): StageMessages => ({ en, zh })[language]
