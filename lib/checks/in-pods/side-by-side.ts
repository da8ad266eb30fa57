import pLimit from 'p-limit'
import type { PodTester } from './jobs.ts'

/** Works on the testers of so many groups at once; what came of each. */
export const sideBySide = async <T>(
  testers: readonly PodTester[],
  groupsAtOnce: number,
  work: (tester: PodTester) => Promise<T>,
): Promise<Map<PodTester, T>> => {
  const limit = pLimit(groupsAtOnce)
  const groups = [...Map.groupBy(testers, ({ group }) => group.name).values()]
  const results = groups.map((group) =>
    limit(() => Promise.all(group.map(async (tester) => [tester, await work(tester)] as const))),
  )
  return new Map((await Promise.all(results)).flat())
}
