import { asAutomationError } from './errors.ts'

/** What a promise comes to, once it is asked for: an error is thrown then, so that it hides nothing else. */
export const heldBack = async <T>(promise: Promise<T>, subject?: string): Promise<() => T> => {
  try {
    const value = await promise
    return () => value
  } catch (error) {
    const failure = asAutomationError(error, subject)
    return () => {
      throw failure
    }
  }
}
