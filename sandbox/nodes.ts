/** The document's worker nodes and their addresses, which kwok plays. */
export const WORKERS = { worker01: '10.0.0.94', worker02: '10.0.0.95', worker03: '10.0.0.96' }

/** The node that runs pods, and its address in the network that it has for itself. */
export const WORKER = { name: 'worker04', address: '10.0.0.98', pods: '10.245.0.0/24' } as const
