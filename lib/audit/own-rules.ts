import * as z from 'zod'
import type { Inquiry } from '../connect/connection.ts'
import type { LiveRule } from '../kube/rbac.ts'
import type { Deed } from './question.ts'
import { isDecided } from './review.ts'

const words = z
  .array(z.string())
  .nullish()
  .transform((said) => said ?? [])

/** A field that is not known here may take back what a rule gives: then nothing is listed. */
const review = z.object({
  status: z.strictObject({
    incomplete: z.boolean(),
    evaluationError: z.string().optional(),
    resourceRules: z
      .array(z.strictObject({ verbs: words, apiGroups: words, resources: words, resourceNames: words }))
      .nullable(),
    nonResourceRules: z.array(z.strictObject({ verbs: words, nonResourceURLs: words })).nullable(),
  }),
})

/** A namespace in which nobody can have a right: what the API server gives there, it gives in the whole cluster. */
export const NOWHERE = 'arena-playbooks-nowhere'

/** Where the rules hold that decide about a deed. */
export const placeOfRules = ({ namespace }: Deed): string => namespace ?? NOWHERE

/** A request for all the rules of whoever sends it, in one namespace. */
export const rulesReviewIn = (namespace: string): Pick<Inquiry, 'method' | 'path' | 'body'> => ({
  method: 'POST',
  path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
})

/**
 * The rules in the answer to such a review; undefined where they are not all of them, as with an authorizer that
 * cannot list what it allows (SubjectRulesReviewStatus in k8s.io/api/authorization/v1).
 */
export const rulesReviewed = (answer: unknown): readonly LiveRule[] | undefined => {
  const { data } = review.safeParse(answer)
  if (data === undefined) return undefined
  const { incomplete, evaluationError, resourceRules, nonResourceRules } = data.status
  if (incomplete || !isDecided(evaluationError)) return undefined
  return [...(resourceRules ?? []), ...(nonResourceRules ?? [])]
}
