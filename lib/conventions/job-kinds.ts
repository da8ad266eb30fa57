// Every kind of job and service that Arena 0.15.5 makes by a kind of its own: the one table that rights, policies,
// counts, proofs and removal take theirs from.

/** A job of one pod. */
export interface JobTrialFlags {
  /** Its pod is called after the job and this: `-chief-0`. */
  role: string
  /** Flags of Arena that say what the pod asks for. */
  cpu: string
  memory: string
}

/** A kind of job that groups may be allowed. */
export interface JobKind {
  group: string
  /** All versions that are looked at, that of Arena first. */
  versions: readonly string[]
  kind: string
  plural: string
  /** What submits one, for people. */
  command: string
  /** Arena looks for its CustomResourceDefinition before a command, and lists it with all others where it is there. */
  isTraining?: true
  /** Arena writes the whole object, too. */
  isUpdated?: true
  /** Where the templates of its pods are: `[]` is each of a list, `{Name}` each of a map, of which one is called so. */
  templates: readonly string[]
  /** At these places are the specs of pods themselves, with labels and annotations of the pods among their fields. */
  isBare?: true
  /** The field in which it names a priority class for all its pods, for a scheduler that places them together. */
  priority?: readonly string[]
  /** The field that tells in a word how it stands, where it is no condition as of training-operator's jobs. */
  phase?: readonly string[]
  /** Its pods may go on when it is done, below a kind that nobody looks at. */
  isOutlived?: true
  /** What a valid one has in its spec besides. */
  plain?: object
  /** What operators look for among the containers of a template. */
  container?: string
  /** How verify submits one that is a single pod, where such a pod runs what was submitted and nothing else. */
  trial?: JobTrialFlags
  /** What runs it, for whoever has to install it. */
  operator: string
  /** Why isolation strict cannot have it. */
  notStrict?: string
}

const TF_ROLE = { replicas: 1, restartPolicy: 'Never' }

/** Of training-operator. */
const SCHEDULING_POLICY = ['spec', 'runPolicy', 'schedulingPolicy', 'priorityClass'] as const

export const JOB_KINDS = {
  tf: {
    group: 'kubeflow.org',
    versions: ['v1'],
    kind: 'TFJob',
    plural: 'tfjobs',
    command: 'arena submit tf',
    isTraining: true,
    templates: ['spec.tfReplicaSpecs{Chief}.template'],
    priority: SCHEDULING_POLICY,
    plain: { tfReplicaSpecs: { Chief: TF_ROLE } },
    container: 'tensorflow',
    trial: { role: 'chief', cpu: '--chief-cpu', memory: '--chief-memory' },
    operator: 'training-operator or tf-operator',
  },
  pytorch: {
    group: 'kubeflow.org',
    versions: ['v1'],
    kind: 'PyTorchJob',
    plural: 'pytorchjobs',
    command: 'arena submit pytorch',
    isTraining: true,
    templates: ['spec.pytorchReplicaSpecs{Master}.template'],
    priority: SCHEDULING_POLICY,
    plain: { pytorchReplicaSpecs: { Master: TF_ROLE } },
    container: 'pytorch',
    trial: { role: 'master', cpu: '--cpu', memory: '--memory' },
    operator: 'training-operator or pytorch-operator',
  },
  mpi: {
    group: 'kubeflow.org',
    versions: ['v1', 'v1alpha1'],
    kind: 'MPIJob',
    plural: 'mpijobs',
    command: 'arena submit mpi',
    isTraining: true,
    templates: [
      'spec.template',
      'spec.mpiReplicaSpecs{Launcher}.template',
      'spec.mpiReplicaSpecs{Worker}.template',
    ],
    priority: SCHEDULING_POLICY,
    plain: { mpiReplicaSpecs: { Launcher: { replicas: 1 }, Worker: { replicas: 1 } } },
    container: 'mpi',
    operator: "the mpi-operator of Arena's own artifacts, as training-operator knows no MPIJob of v1alpha1",
  },
  cron: {
    group: 'apps.kubedl.io',
    versions: ['v1alpha1'],
    kind: 'Cron',
    plural: 'crons',
    command: 'arena cron tf',
    isUpdated: true,
    templates: [
      'spec.template.workload.spec.tfReplicaSpecs{Chief}.template',
      'spec.template.workload.spec.pytorchReplicaSpecs{Master}.template',
      'spec.template.workload.spec.mpiReplicaSpecs{Worker}.template',
    ],
    priority: ['spec', 'template', 'workload', ...SCHEDULING_POLICY],
    plain: {
      schedule: '0 0 1 1 *',
      template: {
        apiVersion: 'kubeflow.org/v1',
        kind: 'TFJob',
        workload: { spec: { tfReplicaSpecs: { Chief: TF_ROLE } } },
      },
    },
    container: 'tensorflow',
    operator: "the cron-operator of Arena's own artifacts",
  },
  ray: {
    group: 'ray.io',
    versions: ['v1'],
    kind: 'RayJob',
    plural: 'rayjobs',
    command: 'arena submit rayjob',
    isTraining: true,
    templates: [
      'spec.rayClusterSpec.headGroupSpec.template',
      'spec.rayClusterSpec.workerGroupSpecs[].template',
      'spec.submitterPodTemplate',
    ],
    priority: ['metadata', 'labels', 'ray.io/priority-class-name'],
    phase: ['status', 'jobDeploymentStatus'],
    isOutlived: true,
    plain: {
      entrypoint: 'true',
      rayClusterSpec: {
        headGroupSpec: { rayStartParams: {} },
        workerGroupSpecs: [{ groupName: 'verify', replicas: 1, rayStartParams: {} }],
      },
    },
    operator: 'KubeRay',
  },
  spark: {
    group: 'sparkoperator.k8s.io',
    versions: ['v1beta2'],
    kind: 'SparkApplication',
    plural: 'sparkapplications',
    command: 'arena submit sparkjob',
    isTraining: true,
    templates: ['spec.driver.template', 'spec.executor.template'],
    priority: ['spec', 'batchSchedulerOptions', 'priorityClassName'],
    phase: ['status', 'applicationState', 'state'],
    plain: {
      type: 'Python',
      mode: 'cluster',
      sparkVersion: '3.5.0',
      mainApplicationFile: 'local:///verify.py',
    },
    container: 'spark-kubernetes-driver',
    operator: 'spark-operator',
    notStrict:
      'the driver of a Spark job runs as a service account that makes pods, which whoever submits jobs would have too',
  },
  volcano: {
    group: 'batch.volcano.sh',
    versions: ['v1alpha1'],
    kind: 'Job',
    plural: 'jobs',
    command: 'arena submit volcanojob',
    isTraining: true,
    templates: ['spec.tasks[].template'],
    priority: ['spec', 'priorityClassName'],
    phase: ['status', 'state', 'phase'],
    plain: { minAvailable: 1, tasks: [{ name: 'verify', replicas: 1 }] },
    operator: 'Volcano',
    notStrict: 'its pods go by a scheduler of their own, past what strict says of nodes and priorities',
  },
  kserve: {
    group: 'serving.kserve.io',
    versions: ['v1beta1'],
    kind: 'InferenceService',
    plural: 'inferenceservices',
    command: 'arena serve kserve',
    isUpdated: true,
    templates: ['spec.predictor', 'spec.transformer', 'spec.explainer'],
    isBare: true,
    container: 'kserve-container',
    operator: 'KServe',
  },
  distributed: {
    group: 'leaderworkerset.x-k8s.io',
    versions: ['v1'],
    kind: 'LeaderWorkerSet',
    plural: 'leaderworkersets',
    command: 'arena serve distributed',
    isUpdated: true,
    templates: ['spec.leaderWorkerTemplate.leaderTemplate', 'spec.leaderWorkerTemplate.workerTemplate'],
    plain: { replicas: 1, leaderWorkerTemplate: { size: 2 } },
    operator: 'LeaderWorkerSet (lws)',
  },
} as const satisfies Record<string, JobKind>

export type JobKindName = keyof typeof JOB_KINDS

export const JOB_KIND_NAMES = Object.keys(JOB_KINDS) as [JobKindName, ...JobKindName[]]

/** What a group may submit that says nothing of it. */
export const USUAL_KINDS: readonly JobKindName[] = ['tf', 'pytorch', 'mpi']

/** By which verify tries a group: the first of them that somebody may submit. */
export const TRIAL_KINDS: readonly JobKindName[] = JOB_KIND_NAMES.filter((name) => 'trial' in JOB_KINDS[name])

/** What Arena asks for that no right can give to one group alone: why, and what to do instead. */
export const NOT_OFFERED: Readonly<Record<string, { why: string; instead: string }>> = {
  et: {
    why: 'makes a Secret for each job, and whoever makes Secrets can have the token of everybody in the group',
    instead: "submit elastic PyTorch jobs, kind 'pytorch'",
  },
  deepspeed: {
    why: 'makes a Secret for each job, and whoever makes Secrets can have the token of everybody in the group',
    instead: "start DeepSpeed in a PyTorch job, kind 'pytorch'",
  },
  horovod: { why: 'is not known by Arena 0.15.5 itself', instead: "submit it as kind 'mpi'" },
  kfserving: { why: 'is what KServe was before, and nobody maintains it', instead: "use kind 'kserve'" },
  seldon: {
    why: 'makes deployments with service accounts of their own',
    instead: "serve by 'arena serve triton' or 'custom', which every member may",
  },
  model: {
    why: 'lists the services of all namespaces to find MLflow',
    instead: 'set MLFLOW_TRACKING_URI for the users: then Arena needs no right in the cluster',
  },
  llm: {
    why: 'needs arena-rbg, which rights of one namespace do not run',
    instead: "use kind 'distributed'",
  },
}

/** By the name that an inventory gives it. */
export const jobKind = (name: JobKindName): JobKind => JOB_KINDS[name]

export const isJobKind = (name: unknown): name is JobKindName =>
  typeof name === 'string' && Object.hasOwn(JOB_KINDS, name)

/** As `tfjobs.kubeflow.org`. */
export const resourceOfKind = ({ group, plural }: JobKind): string => `${plural}.${group}`
