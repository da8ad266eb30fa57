import type { SandboxState } from '../../sandbox/state.ts'
import { runOn } from '../../sandbox/tampering.ts'

const GROUPS = 'dev1 dev2'
const USERS = 'bob tom'
const VOLUMES = 'dev1-public dev2-public department1-public-dev1 department1-public-dev2'

/** Takes away the document's table with its users' jobs, so that it can be set up under another inventory's name. */
export const forgetDocument = async (inventory: string, state: SandboxState): Promise<void> => {
  await runOn(
    'cluster',
    `kubectl delete namespace --ignore-not-found ${GROUPS} arena-${inventory}
     kubectl delete pv ${VOLUMES}
     for kind in clusterrole clusterrolebinding validatingadmissionpolicy validatingadmissionpolicybinding \\
       mutatingadmissionpolicy mutatingadmissionpolicybinding
     do kubectl delete $kind -l arena-playbooks/inventory=${inventory}; done`,
    state,
  )
  for (const { name } of state.clients)
    await runOn(
      name,
      `for user in ${USERS}; do ! getent passwd $user || userdel -r $user; done
       for group in ${GROUPS}; do ! getent group $group || groupdel $group; done`,
      state,
    )
}
