import type { components } from './schema.ts';

export type Problem = components['schemas']['Problem'];
export type FieldFault = components['schemas']['FieldFaultDto'];

/** The API refused a call, and said why. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** There was no answer, or none of the API's own: the network, or a service, is away. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
}

/** The error that an answer with a status of 400 or more stands for. */
export function errorOf(status: number, body: unknown): ApiError | AwayError {
  if (isProblem(body)) return body.code === 'unavailable' ? new AwayError(body.title) : new ApiError(body);
  return new AwayError(`The server answered ${status}.`);
}

function isProblem(body: unknown): body is Problem {
  const { title, code } = (body ?? {}) as Partial<Record<keyof Problem, unknown>>;
  return typeof title === 'string' && typeof code === 'string';
}

/** What to tell of an error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const { title, detail } = error.problem;
    return detail ? `${title}: ${detail}` : `${title}.`;
  }
  if (error instanceof AwayError) return 'CE Pro can not be reached right now. Try again shortly.';
  return 'Something went wrong on this page.';
}

/** Whether what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 404;
}

/** The faults of an error by their field, the parts of a list under the list's name: `events[1]` is a fault of `events`. */
export function faultsByField(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  const byField = Map.groupBy(error.problem.errors ?? [], ({ field }) => field.split(/[[.]/, 1)[0] ?? field);
  return Object.fromEntries([...byField].map(([field, faults]) => [field, faults.map(sentenceOf).join(' ')]));
}

function sentenceOf({ message, detail }: FieldFault): string {
  return detail ? `${message}: ${detail}.` : `${message}.`;
}
