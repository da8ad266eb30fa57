import { basename } from 'node:path'

/** Ends what was started although it is a part of a playbook, so that nobody takes its silence for success. */
export const noPlaybook = (file: string): never => {
  process.stderr.write(
    `${basename(file)} is a part of a playbook, and nothing is done by itself\n` +
      '  → start a playbook, such as `npx tsx playbooks/setup.ts <inventory> --check`\n',
  )
  process.exit(64)
}
