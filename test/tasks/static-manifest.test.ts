import { staticManifest } from '../../tasks/static-manifest.ts'
import { cases } from '../support/cases.ts'

const file = '/etc/kubernetes/arena/validating/arena-prod.yaml'
const want = {
  file,
  content: { apiVersion: 'v1', kind: 'List', items: [] },
  next: 'restart-kube-apiserver',
}
const CONTENT =
  '# Written by arena-playbooks: setup undoes what is changed here.\napiVersion: v1\nkind: List\nitems: []\n'
const there = (content: string, access = '0 644 file') => ({ [file]: `${access}\n${content}` })

cases(staticManifest, {
  'absent → written beside its place and put there in one step, and the admin is told what to do': {
    want,
    op: 'create',
    why: ['content'],
    does: ['mkdir -p /etc/kubernetes/arena/validating', 'set -C', 'kind: List', 'mv -f "$part"'],
    names: ['restart-kube-apiserver'],
  },
  'as wanted → kept': { want, have: there(CONTENT) },
  'changed by hand → put right': { want, have: there(`${CONTENT}#\n`), op: 'update', why: ['content'] },
  'empty, which has no policy in force → put right': {
    want,
    have: there(''),
    op: 'update',
    why: ['content'],
  },
  'writable for others → put right': {
    want,
    have: there(CONTENT, '0 666 file'),
    op: 'update',
    why: ['access'],
  },
  'of somebody else → put right': {
    want,
    have: there(CONTENT, '1000 644 file'),
    op: 'update',
    why: ['access'],
  },
  'a link → replaced': { want, have: there(CONTENT, '0 777 symbolic link'), op: 'update', why: ['access'] },
  'a path that says more than one place → refused': {
    want: { ...want, file: '/etc/../etc/arena.yaml' },
    throws: /file/,
  },
}).run()
