/** The code blocks of a page, and the compiler that says whether they are right. For Node alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (page) => readFileSync(`${root}${page}`, 'utf8');

/** @returns the code blocks of a page in Markdown, each with its language. */
export const codeBlocks = (page) =>
  [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));

export const compilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

/** What the compiler says of a program that lies beside package.json, where the package finds itself. */
export function compile(program) {
  const file = `${root}program.mts`;
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, program, target) : getSourceFile(name, target);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], compilerOptions, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
