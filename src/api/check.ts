import type { z } from 'zod';
import type { FieldError, ProblemCode } from './problems';
import { fieldProblem, PROBLEMS, Problem } from './problems';
import { unstorablePlace } from './storable';

/** What a refinement says when a well-formed value is refused: the request is then answered with 422 and this code. */
export const refusal = (code: ProblemCode, error: string) => ({ error, params: { code } });

/**
 * Reads a part of a request by its schema. Raises a Problem that names every wrong field: 400 when the shape is wrong,
 * 422 when only refinements (see `refusal`) object.
 */
export const check = <T extends z.ZodType>(schema: T, value: unknown): z.output<T> => {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) {
    const place = unstorablePlace(parsed.data);
    if (place === undefined) return parsed.data;
    throw fieldProblem('invalid_request', place.join('.'), 'has characters that no text may have');
  }
  const errors = parsed.error.issues.flatMap(fieldErrors);
  const detail = errors
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
  throw new Problem(overallCode(parsed.error.issues, errors), detail, { errors });
};

const overallCode = (issues: readonly z.core.$ZodIssue[], errors: readonly FieldError[]): ProblemCode => {
  if (issues.some((issue) => issue.code !== 'custom')) return 'invalid_request';
  const [first, ...others] = new Set(errors.map((error) => error.code));
  return first !== undefined && others.length === 0 && isProblemCode(first) ? first : 'refused';
};

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

const fieldErrors = (issue: z.core.$ZodIssue): FieldError[] => {
  const at = (...more: PropertyKey[]): string => [...issue.path, ...more].map(String).join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: at(key),
      code: 'unknown_field',
      message: 'is not a known field',
    }));
  return [{ path: at(), code: issueCode(issue), message: issue.message }];
};

const issueCode = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'custom') return typeof issue.params?.code === 'string' ? issue.params.code : 'refused';
  return issue.code === 'invalid_type' && issue.input === undefined ? 'required' : issue.code;
};
