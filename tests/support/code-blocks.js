/** The code blocks of a page, and the compiler that says whether they are right. For Node alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (page) => readFileSync(`${root}${page}`, 'utf8');

const FENCED = /^```(.*)\n([\s\S]*?)^```$/gm;

/** @returns the code blocks of a page in Markdown, each with its language. */
export const codeBlocks = (page) => [...page.matchAll(FENCED)].map(([, language, code]) => ({ language, code }));

/** @returns what else is on the page. */
export const withoutCode = (page) => page.replaceAll(FENCED, '');

export const compilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** The files of libraries, parsed once for all programs. */
const parsed = new Map();

/** The messages of the compiler on a program that lies beside package.json, where the package finds itself. */
export function compile(program, types = []) {
  const file = `${root}program.mts`;
  const options = { ...compilerOptions, types };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target) => {
    if (name === file) return ts.createSourceFile(name, program, target);
    if (!parsed.has(name)) parsed.set(name, getSourceFile(name, target));
    return parsed.get(name);
  };
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
