/**
 * The docs that an editor shows when somebody hovers over an export or a member: TypeScript's language service on the
 * built types.
 */
import { fileURLToPath } from 'node:url';
import * as lib from 'tfjs-lookahead';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = `${root}dist/tfjs-lookahead.d.ts`;
const service = ts.createLanguageService({
  ...ts.sys,
  useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
  getScriptFileNames: () => [file],
  getScriptVersion: () => '1',
  getScriptSnapshot: (name) => ts.ScriptSnapshot.fromString(ts.sys.readFile(name)),
  getCurrentDirectory: () => root,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getCompilationSettings: () => ({ moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true, types: [] }),
});
const source = service.getProgram().getSourceFile(file);
const checker = service.getProgram().getTypeChecker();

/** Methods that have nothing to throw. */
const neverThrow = [
  'LookaheadOptimizer.getConfig',
  'DeclaredOptimizer.getConfig',
  'DeclaredOptimizer.dispose',
  'unregisterTrainingKernels',
];

/** Name, node to hover over, and declarations of every export. */
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => {
  const [specifier] = symbol.declarations;
  return { name: symbol.name, node: specifier.name, declarations: checker.getAliasedSymbol(symbol).declarations };
});

const isHidden = ({ name }) => name && ts.isPrivateIdentifier(name);
const classesAndInterfaces = source.statements.filter(
  (node) => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node),
);
const members = classesAndInterfaces.flatMap(({ name: { text }, members }) =>
  members
    .filter((member) => !isHidden(member))
    .map((member) => ({ name: `${text}.${member.name?.text ?? 'constructor'}`, node: member.name ?? member, member })),
);

function hover({ name, node }) {
  const info = service.getQuickInfoAtPosition(file, node.getStart());
  assert.ok(info, name);
  const tags = (info.tags ?? []).map(({ name, text }) => `${name} ${ts.displayPartsToString(text)}`);
  return {
    description: ts.displayPartsToString(info.documentation),
    example: tags.filter((tag) => /^example\s+\S/.test(tag)),
    throws: tags.filter((tag) => /^throws Error \S/.test(tag)),
    returns: tags.filter((tag) => /^returns \S/.test(tag)),
    parameters: tags.filter((tag) => /^param \w+ \S/.test(tag)).map((tag) => tag.split(' ')[1]),
  };
}

/** Says what a call takes, gives and throws. */
function assertCallIsExplained(name, node, { parameters, returns, throws }) {
  assert.equal(
    parameters,
    node.parameters.map((parameter) => parameter.name.text),
    `${name}: @param`,
  );
  const returnType = node.type?.getText() ?? 'void';
  const returnsNothing = ['void', 'Promise<void>'].includes(returnType);
  if (!returnsNothing) assert.is(returns.length, 1, `${name}: @returns`);
  if (!neverThrow.includes(name)) assert.is(throws.length, 1, `${name}: @throws`);
}

const test = suite('what an editor shows');

test('every export that is there at run time is looked at, and the types', () => {
  const names = exported.map(({ name }) => name);
  for (const name of Object.keys(lib)) assert.ok(names.includes(name), name);
  assert.ok(names.length > Object.keys(lib).length);
});

test('every export: what it is, and an example', () => {
  for (const each of exported) {
    const { description, example } = hover(each);
    assert.ok(description.length > 20, `${each.name}: description`);
    assert.ok(example.length > 0, `${each.name}: @example`);
  }
});

test('LookaheadOptimizer is explained as what it is to its users', () => {
  const { description } = hover(exported.find(({ name }) => name === 'LookaheadOptimizer'));
  assert.match(description, /^Lookahead as a `tf\.Optimizer`/);
  assert.not.match(description, /bundle|tree-shak/);
});

test('every exported function: its parameters, what it returns, what it throws', () => {
  const functions = exported.flatMap((each) =>
    each.declarations.filter(ts.isFunctionDeclaration).map((node) => ({ each, node })),
  );
  assert.equal(
    functions.map(({ each }) => each.name).sort(),
    Object.keys(lib).filter((name) => /^[a-z]/.test(name)),
  );
  for (const { each, node } of functions) assertCallIsExplained(each.name, node, hover(each));
});

test('every member of a class or an interface: what it is; every method: parameters, result, errors', () => {
  for (const each of members) {
    const shown = hover(each);
    // A setter shares the words of its getter.
    assert.ok(shown.description.length > 10, `${each.name}: description`);
    const { member } = each;
    if (ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member)) {
      assertCallIsExplained(each.name, member, shown);
    }
  }
  assert.ok(members.length > 30);
});

test.run();
