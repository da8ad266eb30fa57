import { sh } from '../base/shell.ts'
import { shellFile } from '../base/shell-file.ts'
import { type Answers, type Probe, rowsOf } from '../resource/type.ts'
import { ARCHIVES } from './archive.ts'

/** What an archive may take and what there is for it, in kB. */
export interface Room {
  need: number
  free: number
}

/** How long sizes are added up; a home that takes longer is measured when it is archived. */
const SECONDS = 5

const ROOM = shellFile(new URL('./scripts/room.sh', import.meta.url))

/** Looks how large homes are and how much room there is for archives of them. */
export const roomProbe = (homes: readonly string[]): Probe => ({
  id: 'room',
  script: sh`${ROOM}\nroom ${SECONDS} ${ARCHIVES} ${homes}`,
})

/** The answer to `roomProbe`, by home; undefined when it took too long to know. */
export const readRoom = (answers: Answers): ((home: string) => Room | undefined) => {
  const [, blocks, size] = /^free (\d+) (\d+)$/m.exec(answers.text('room')) ?? []
  const sizes = new Map(rowsOf(answers, 'room', '\t').map(([kB, home]) => [home, Number(kB)]))
  return (home) => {
    const need = sizes.get(home)
    if (need === undefined || blocks === undefined) return undefined
    return { need, free: Math.floor((Number(blocks) * Number(size)) / 1024) }
  }
}
