/** A regular file in an archive. */
export interface TarFile {
  path: string
  uid: number
  gid: number
  /** Permission bits as four octal digits. */
  mode: string
  content: Buffer
}

const BLOCK = 512

/**
 * The regular files of a tar archive as GNU tar or busybox write it; several archives in a row are read as one. What
 * is no header ends it.
 */
export const readTar = (archive: Buffer): TarFile[] => {
  const files: TarFile[] = []
  let longPath: string | undefined
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK)
    at += BLOCK
    if (header[0] === 0) continue
    const size = number(header, 124, 12)
    const content = archive.subarray(at, at + size)
    if (!(content.length === size)) break
    at += Math.ceil(size / BLOCK) * BLOCK
    const type = String.fromCharCode(header[156]!)
    if (type === 'L') {
      longPath = text(content, 0, size)
      continue
    }
    if (type === '0' || type === '\0')
      files.push({
        path: longPath ?? text(header, 0, 100),
        uid: number(header, 108, 8),
        gid: number(header, 116, 8),
        mode: (number(header, 100, 8) & 0o7777).toString(8).padStart(4, '0'),
        content,
      })
    longPath = undefined
  }
  return files
}

const text = (from: Buffer, start: number, length: number): string => {
  const field = from.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.subarray(0, end === -1 ? length : end).toString('utf8')
}

/** Octal digits, or base 256 with the first bit set for what octal has no room for. */
const number = (header: Buffer, start: number, length: number): number =>
  header[start]! >= 0x80
    ? header.readUIntBE(start + length - 6, 6)
    : Number(`0o${text(header, start, length).trim() || '0'}`)
