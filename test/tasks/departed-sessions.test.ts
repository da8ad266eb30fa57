import { departedSessions } from '../../tasks/departed-sessions.ts'
import { cases } from '../support/cases.ts'

const want = { name: 'bob', uid: 20001 }

cases(departedSessions, {
  'nothing runs and nothing would → kept': { want },
  'what belongs to others → kept': {
    want,
    have: {
      departed:
        'process 20002 17 tmux\nstarter tom /var/spool/cron/crontabs/tom\nowned 20002 /var/spool/at/a0\n',
    },
  },
  'a running tmux → ended, and nothing of others': {
    want,
    have: { departed: 'process 20001 4711 tmux: server\n' },
    op: 'remove',
    why: ['process'],
    does: ['leaver=bob uid=20001', 'all TERM', 'killed || return', 'rm -f -- ', 'killed', 'ended || exit'],
  },
  'cron, at and linger → taken away, and what they started meanwhile ended': {
    want,
    have: {
      departed:
        'starter bob /var/spool/cron/crontabs/bob\nstarter bob /var/lib/systemd/linger/bob\nowned ' +
        '20001 /var/spool/cron/atjobs/a 1\nprocess 20001 9 sh\n',
    },
    op: 'remove',
    why: ['process', 'starts as the user', 'starts as the user', 'starts as the user'],
    does: [
      'leaver=bob uid=20001',
      "named='/var/spool/cron/crontabs /var/spool/cron /var/lib/systemd/linger",
      "owned='/var/spool/cron/atjobs",
      'ended || exit',
    ],
  },
  'what is no account name → refused before anything runs': {
    want: { ...want, name: '../root' },
    throws: /name/,
  },
}).run()
