#!/bin/sh
# @kubernetes/client-node 2.0.1 breaks a WATCH off when nothing has happened for 30 seconds, with a TimeoutError, also
# when it was asked to last for five minutes: on a quiet namespace each watch must be begun again twice a minute.
# Output: TimeoutError after 30 s
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund @kubernetes/client-node@2.0.1 node@24.21.0

cat > quiet.mjs <<'END'
import { createServer } from 'node:http'
import { KubeConfig, Watch } from '@kubernetes/client-node'

let begun
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  begun = performance.now()
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const config = new KubeConfig()
config.loadFromOptions({
  clusters: [{ name: 'c', server: `http://127.0.0.1:${server.address().port}`, skipTLSVerify: true }],
  users: [{ name: 'u', token: 't' }],
  contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
  currentContext: 'x',
})
const done = (error) => {
  const seconds = (performance.now() - begun) / 1000
  // A machine that is busy may be late.
  console.log(`${error?.name} after ${seconds > 29 && seconds < 45 ? 30 : seconds} s`)
  server.closeAllConnections()
  server.close()
}
await new Watch(config).watch('/api/v1/namespaces/default/pods', { timeoutSeconds: 300 }, () => {}, done)
END

seen=$(node_modules/node/bin/node quiet.mjs)
echo "$seen"
[ "$seen" = 'TimeoutError after 30 s' ]
