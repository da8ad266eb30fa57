// How isolation strict keeps each group to its quota: devices that pods ask for or are handed, and pods as a whole.
import { implicitName } from '../../lib/playbook.ts'
import { celList, parts, pods } from './cel.ts'

/**
 * Variables of this form choose devices for whoever sets them, whatever a container asks for, also beside those that
 * it asked for: the kubelet puts a pod's own variables after those of device plugins, and the last wins. Documented for
 * NVIDIA_VISIBLE_DEVICES (NVIDIA Container Toolkit, "Environment variables (OCI spec)"), AMD_VISIBLE_DEVICES (AMD
 * Container Toolkit), ASCEND_VISIBLE_DEVICES (Ascend Docker Runtime), HABANA_VISIBLE_DEVICES and _MODULES (Intel
 * Gaudi), MTHREADS_VISIBLE_DEVICES (mt-container-toolkit) and CAMBRICON_VISIBLE_DEVICES; so those of makers to come are
 * refused too.
 */
const CHOOSING = ['_VISIBLE_DEVICES', '_VISIBLE_MODULES']

/** Of the same form, but read by libraries in the container, which choose among the devices that it has. */
const INSIDE = 'CUDA HIP ROCR ASCEND_RT MUSA MLU TPU'
  .split(' ')
  .map((library) => `${library}_VISIBLE_DEVICES`)
  .join(' ')

/**
 * Others by which the same runtimes hand out more: how cards are divided, channels between nodes (NVIDIA Container
 * Toolkit), what the numbers of devices mean and how a card is cut (Ascend Docker Runtime).
 */
const BESIDES = [
  'NVIDIA_MIG_CONFIG_DEVICES NVIDIA_MIG_MONITOR_DEVICES NVIDIA_IMEX_CHANNELS',
  'ASCEND_RUNTIME_OPTIONS ASCEND_VNPU_SPECS',
].join(' ')

/** What asks for no device; Arena writes `void` into jobs without GPUs. */
const NOTHING = ['', 'none', 'void'].map((word) => `'${word}'`)

/**
 * A pod that states resources as a whole (Kubernetes from 1.34) still has the group's defaults put on each container
 * that states none, and is not valid where these are more than the pod has: its user would hear of that from nobody.
 */
const isStated = "[list, 'limits'].exists(stated, name in container.?resources[?stated].orValue({}))"
const CONTAINERS = '(pod.containers + pod.?initContainers.orValue([]))'
const isOfAll = `${CONTAINERS}.all(container, ${isStated})`
const STATES_ALL = pods(
  `['requests', 'limits'].all(list, ['cpu', 'memory'].all(name,
  !(name in pod.?resources[?list].orValue({})) || ${isOfAll}))`,
)

const endsSo = CHOOSING.map((end) => `one.name.endsWith('${end}')`).join(' || ')
const isChoosing = `(${endsSo}) && !(one.name in ${celList(INSIDE)}) || one.name in ${celList(BESIDES)}`
const isHarmless = `!has(one.valueFrom) && one.?value.orValue('') in [${NOTHING}]`

/** Names with a slash are of devices; those of Kubernetes itself, such as cpu and hugepages-2Mi, have none. */
export const DEVICE_RULES = [
  {
    must: parts(
      `[part.?resources.?requests, part.?resources.?limits].all(amounts,
  amounts.orValue({}).all(name, !name.contains('/') || name in variables.devices))`,
    ),
    message: "resources: only devices that the group's quota names",
  },
  {
    must: STATES_ALL,
    message:
      'resources of the pod as a whole: state the same (cpu, memory) for each container too, which ' +
      "otherwise gets the group's defaults, and these may be more than the pod has",
  },
  {
    must: pods(
      'pod.?resourceClaims.orValue([]).size() == 0 || variables.devices.exists(name, ' +
        `name.startsWith('${implicitName('')}'))`,
    ),
    message: "resourceClaims: only where the group's quota names a device class",
  },
  {
    must: parts(`part.?env.orValue([]).all(one, !(${isChoosing}) || ${isHarmless})`),
    message:
      'env: variables by which a runtime chooses devices, such as NVIDIA_VISIBLE_DEVICES, only with ' +
      'the value none or void; ask for devices under resources',
  },
]
