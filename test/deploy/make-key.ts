import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** A project's JWT secret. */
export const SECRET = 'rahasia-jwt-uji-coba-sedikitnya-32-karakter';
const program = resolve(import.meta.dirname, '../../deploy/supabase/make-key.mjs');

/** Runs make-key.mjs with its secret in the environment or on standard input. */
export function makeKey(args: string[], given: { env?: string; stdin?: string }) {
  const env = { PATH: process.env.PATH, ...(given.env === undefined ? {} : { SUPABASE_JWT_SECRET: given.env }) };
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout: stdout.trim(), stderr }),
    );
    child.stdin?.end(given.stdin ?? '');
  });
}
