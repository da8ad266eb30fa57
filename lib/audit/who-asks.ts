import * as z from 'zod'
import type { KubeConnection } from '../connect/connection.ts'
import type { Identity } from '../inventory/identity.ts'

/** Who we are to the API server, in one request; Kubernetes before 1.28 tells nobody. */
export const whoAsks = async (kube: KubeConnection, signal: AbortSignal): Promise<Identity | undefined> => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const reply = await kube.inquire({ method: 'POST', path, body }, signal)
  return review.safeParse(reply.body).data?.status.userInfo
}

/** The status of a SelfSubjectReview. */
export const identified = z.object({
  userInfo: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }),
})

const review = z.object({ status: identified })
