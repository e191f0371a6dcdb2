/**
 * The README: its programs are type-checked as strict TypeScript, and run. Its links, commands and figures are checked,
 * and those of the pages of docs/.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read, root, withoutCode } from '../support/code-blocks.js';
import { programsOf, testPrograms } from '../support/page-programs.js';

const markdownIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const pages = ['README.md', ...markdownIn('docs')];
/** The pages whose links are followed. */
const linking = [
  ...pages,
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'tests/README.md',
  ...markdownIn('docs/performance'),
  ...markdownIn('docs/experiments'),
];

const test = suite('README and pages');

test('the README has at most 1,100 words', () => {
  const words = read('README.md').split(/\s+/).filter(Boolean).length;
  assert.ok(words <= 1100, `${words} words`);
});

test('what is indented is a command, or the equations', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const page of pages) {
    const prose = withoutCode(read(page));
    const lines = [...prose.matchAll(/^ {4}(.+)$/gm)].map(([, line]) => line);
    for (const line of lines) {
      assert.match(line, /^(npm |npx tfjs-lookahead |slow +\+?= |fast +\+?= |gradient = |weight = )/, page);
      for (const [, script] of line.matchAll(/npm (?:run )?(start|test|(?<=run )\S+)/g))
        assert.ok(scripts[script], line);
    }
    if (page === 'README.md') assert.ok(lines.length > 5);
  }
});

testPrograms(test, programsOf(['README.md']));

/** As GitHub makes them. */
const anchorsIn = (markdown) =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

test('every link and picture is there', () => {
  const broken = [];
  for (const page of linking) {
    for (const [link, path, anchor] of withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g)) {
      const target = path === '' ? page : join(dirname(page), path);
      const isThere = existsSync(join(root, target)) && (!anchor || anchorsIn(read(target)).includes(anchor));
      if (!isThere) broken.push(`${page}: ${link}`);
    }
  }
  assert.equal(broken, []);
});

// The page on npm finds a picture through `repository`, but only one in Markdown.
test('no picture of the README is in HTML, and without a repository nothing is published', () => {
  assert.not.match(read('README.md'), /<img/i);
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build/publish-'));
  const publish = (description) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
    const args = [join(root, 'tools/check-publishable.js')];
    try {
      return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } catch ({ stderr }) {
      return stderr;
    }
  };
  try {
    assert.match(publish({ homepage: 'https://example.org' }), /lacks repository, bugs/);
    assert.is(publish({ repository: {}, homepage: 'https://example.org', bugs: {} }), '');
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.match(JSON.parse(read('package.json')).scripts.prepublishOnly, 'tools/check-publishable.js');
});

test('the figures of the README and of docs/performance.md are those of the tables', () => {
  const rowsIn = (page) =>
    [...read(page).matchAll(/^\| ((?:wasm|cpu|webgl|webgpu) \| .*) \|$/gm)].map(([, row]) =>
      row.split(' | ').map((cell) => cell.replace(/ \(.* to .*\)$/, '')),
    );
  const measured = rowsIn('docs/performance/tables.md').map((row) => new Set(row));
  for (const page of ['README.md', 'docs/performance.md']) {
    const rows = rowsIn(page);
    assert.ok(rows.length > 3, page);
    const unfounded = rows.filter((row) => !measured.some((cells) => row.every((cell) => cells.has(cell))));
    assert.equal(unfounded, [], page);
  }
});

test.run();
