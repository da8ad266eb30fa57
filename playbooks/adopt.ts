// Writes the inventory of a set-up that people made by hand with the document; changes nothing that it finds.
import { adopt } from '../lib/cli/adopt-command.ts'
import { main } from '../lib/playbook.ts'

export default adopt

if (import.meta.main) await main(adopt)
