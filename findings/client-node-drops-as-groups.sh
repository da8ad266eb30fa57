#!/bin/sh
# @kubernetes/client-node 2.0.1 acts as the user that `as` of a kubeconfig names and leaves out `as-groups` and
# `as-uid`: what a binding gives to a group is then refused, where kubectl with the same file is let in.
# Output: {"user":"alice"}
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund @kubernetes/client-node@2.0.1 node@24.21.0

cat > as-groups.mjs <<'END'
import { createServer } from 'node:http'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

let headers
const server = createServer((request, response) => {
  headers = request.headers
  response.setHeader('content-type', 'application/json')
  response.end('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const config = new KubeConfig()
config.loadFromString(`
apiVersion: v1
kind: Config
clusters:
- name: cluster
  cluster: { server: "http://127.0.0.1:${server.address().port}", insecure-skip-tls-verify: true }
users:
- name: admin
  user: { token: t, as: alice, as-groups: [team], as-uid: "7" }
contexts:
- name: admin@cluster
  context: { cluster: cluster, user: admin }
current-context: admin@cluster
`)
await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' })
server.close()
const sent = { user: headers['impersonate-user'], group: headers['impersonate-group'], uid: headers['impersonate-uid'] }
console.log(JSON.stringify(sent))
END

seen=$(node_modules/node/bin/node as-groups.mjs)
echo "$seen"
[ "$seen" = '{"user":"alice"}' ]
