// The document's own table. Fill in what says CHANGE-ME, then: npx tsx playbooks/setup.ts inventory/prod.ts --check
// 文档中的示例配置。请先填写所有 CHANGE-ME，再用 --check 预览，确认后去掉 --check 执行。
import { defineInventory } from './schema.ts'

export default defineInventory({
  // Marks everything this inventory owns, in the cluster and on the machines.
  name: 'prod',
  isolation: 'document',

  // kubectl config get-contexts -o name
  cluster: { context: 'CHANGE-ME', kubeconfig: '~/.kube/config' },

  // Download the installer for the processor of the client machines, put it beside this file, and take its checksum:
  // sha256sum arena-installer-0.15.5-linux-amd64.tar.gz
  arena: {
    archive: 'arena-installer-0.15.5-linux-amd64.tar.gz',
    sha256: 'CHANGE-ME',
  },

  // Client 机器。What is left out here (user, port, key, jump host) is as your ~/.ssh/config says.
  // connection: 'openssh' has your own ssh connect (certificates, security keys, ProxyCommand).
  // To run on the client machine itself, as the document does: { name: 'client01', connection: 'local' }
  hosts: [{ name: 'client01', address: '10.0.0.97' }],

  // NAS 挂载点地址。The mount target in the NAS console, such as 0123abcd-xyz12.cn-hangzhou.nas.aliyuncs.com
  nas: { server: 'CHANGE-ME' },

  // 组：A quota that is not named is not limited (不限制).
  groups: [
    { name: 'dev1', gid: 10001, quota: { gpu: 1 } },
    { name: 'dev2', gid: 10002, quota: { gpu: 2, cpu: 8, memory: '60Gi' } },
  ],

  // 用户：A user's first password comes from secret.env('…'), secret.file('…'), secret.command('…') or passwordHash, as in
  // { name: 'bob', uid: 20001, groups: ['dev1'], password: secret.file('secrets/bob') }
  // with secret imported beside defineInventory. Without one, set it on the machine: passwd bob
  users: [
    { name: 'bob', uid: 20001, groups: ['dev1'] },
    { name: 'tom', uid: 20002, groups: ['dev2'] },
  ],

  // 共享数据卷：Volumes with the same `shared` are one directory; the others are private to their group.
  // description and owner are what `arena data list` shows.
  volumes: [
    { name: 'dev1-public', group: 'dev1', path: '/dev1', description: 'dev1 组内共享', owner: 'admin' },
    { name: 'dev2-public', group: 'dev2', path: '/dev2', description: 'dev2 组内共享', owner: 'admin' },
    {
      name: 'department1-public-dev1',
      group: 'dev1',
      path: '/department1',
      shared: 'department1',
      description: '全部门共享',
      owner: 'admin',
    },
    {
      name: 'department1-public-dev2',
      group: 'dev2',
      path: '/department1',
      shared: 'department1',
      description: '全部门共享',
      owner: 'admin',
    },
  ],
})
