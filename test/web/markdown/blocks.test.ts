import { BlockCutter } from '../../../src/web/markdown/blocks.js';
import { spokenText } from '../../../src/web/markdown/spoken-text.js';
import { htmlOf } from './shown.js';

test.each([
  ['a paragraph', 'One.\nTwo.', '<p>One.<br/>Two.</p>'],
  [
    'emphasis',
    '*a* **b** ***c*** ~~d~~ `e`',
    '<p><em>a</em> <strong>b</strong> <em><strong>c</strong></em> <s>d</s> <code>e</code></p>',
  ],
  ['steps', '1. one\n2. two', '<ol><li value="1">one</li><li value="2">two</li></ol>'],
  ['steps from five', '5. five\n6. six', '<ol><li value="5">five</li><li value="6">six</li></ol>'],
  ['steps with gaps', '1. one\n3. three', '<ol><li value="1">one</li><li value="3">three</li></ol>'],
  ['steps that are to be counted', '1. one\n1. two', '<ol><li value="1">one</li><li value="2">two</li></ol>'],
  [
    'steps with something between',
    '1. one\n\n```\ncode\n```\n\n2. two',
    '<ol><li value="1">one</li></ol>\n<pre><code>code\n</code></pre>\n<ol><li value="2">two</li></ol>',
  ],
  [
    'steps with brackets',
    '1) one\n2) two',
    '<ol><li value="1" data-delimiter=")">one</li><li value="2" data-delimiter=")">two</li></ol>',
  ],
  ['a year', '1986. A year', '<ol><li value="1986" data-wide="">A year</li></ol>'],
  ['points', '- one\n- two\n  - three', '<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>'],
  [
    'points with paragraphs',
    '* one\n\n  more\n* two',
    '<ul><li><p>one</p><p>more</p></li><li><p>two</p></li></ul>',
  ],
  ['tasks', '- [ ] open\n- [x] done', '<ul><li>☐ open</li><li>☑ done</li></ul>'],
  ['a quote', '> one\n> **two**', '<blockquote><p>one<br/><strong>two</strong></p></blockquote>'],
  ['a quoted list', '> 1. Rest', '<blockquote><ol><li value="1">Rest</li></ol></blockquote>'],
  ['code', '```python\na * b\n```', '<pre data-language="python"><code>a * b\n</code></pre>'],
  ['indented code', '    a * b', '<pre><code>a * b\n</code></pre>'],
  ['a rule', 'a\n\n---\n\nb', '<p>a</p>\n<hr/>\n<p>b</p>'],
  ['an underlined heading', 'Dose\n----', '<h3>Dose</h3>'],
  ['a formula', '\\[\nE = m\n- c^2\n> 3\n\\]', '<p>\\[<br/>E = m<br/>- c^2<br/>&gt; 3<br/>\\]</p>'],
  ['a formula with dollars', '$$\na_1\n+ b\n$$', '<p>$$<br/>a_1<br/>+ b<br/>$$</p>'],
  ['hard line breaks', 'a  \nb\\\nc<br>d', '<p>a<br/>b<br/>c<br/>d</p>'],
  ['escapes and entities', '\\*a\\* &amp; &lt;b&gt; &copy;', '<p>*a* &amp; &lt;b&gt; ©</p>'],
  [
    'HTML',
    '<b>a</b>\n\n<script>b</script>',
    '<p>&lt;b&gt;a&lt;/b&gt;</p>\n<p>&lt;script&gt;b&lt;/script&gt;</p>',
  ],
  [
    'a link',
    '[a *b*](https://example.org/a "c")',
    '<p><a href="https://example.org/a" title="c">a <em>b</em></a></p>',
  ],
  ['an image', '![a](https://example.org/a.png)', '<p><a href="https://example.org/a.png">a</a></p>'],
  ['a link that runs something', '[a](javascript:b)', '<p>[a](javascript:b)</p>'],
  ['a link within the page', '[a](/b) [c](#d)', '<p>[a](/b) [c](#d)</p>'],
])('%s: %j', (_, markdown, html) => {
  expect(htmlOf(markdown)).toBe(html);
});

test('a table keeps the alignment of its columns, and cells beyond the first row', () => {
  const table = '| a | b | c | d |\n| :-- | :-: | --: | --- |\n| 1 | 2 | 3 | 4 | 5 |\n| 120\\|80 |';
  expect(htmlOf(table)).toBe(
    '<table><thead><tr><th align="left">a</th><th align="center">b</th><th align="right">c</th><th>d</th></tr></thead>' +
      '<tbody><tr><td align="left">1</td><td align="center">2</td><td align="right">3</td><td>4</td><td>5</td></tr>' +
      '<tr><td align="left">120|80</td><td align="center"></td><td align="right"></td><td></td></tr></tbody></table>',
  );
  expect(spokenText(table)).toBe('a, b, c, d\n1, 2, 3, 4, 5\n120|80, , ,');
});

test('headings begin below those of the page and leave out no level', () => {
  expect(htmlOf('# a\n\n### b\n\n## c\n\n###### d')).toBe('<h3>a</h3>\n<h4>b</h4>\n<h4>c</h4>\n<h5>d</h5>');
});

test('a screen reader is told numbers of steps, and one line for each', () => {
  expect(spokenText('**Do:**\n\n3. rest\n4) drink\n\n- or *call*\n\n> quoted')).toBe(
    'Do:\n3. rest\n4) drink\nor call\nquoted',
  );
});

test('bold words at the end are closed while they are being written, and asterisks there wait', () => {
  expect(htmlOf('Some **wor', true)).toBe('<p>Some <strong>wor</strong></p>');
  expect(htmlOf('Some **words*', true)).toBe('<p>Some <strong>words</strong></p>');
  expect(htmlOf('**a** and **b', true)).toBe('<p><strong>a</strong> and <strong>b</strong></p>');
  expect(htmlOf('Some **', true)).toBe('<p>Some </p>');
  expect(htmlOf('- **next', true)).toBe('<ul><li><strong>next</strong></li></ul>');
  expect(htmlOf('5**10', true)).toBe('<p>5**10</p>');
  expect(htmlOf('*a **b', true)).toBe('<p>*a <strong>b</strong></p>');
  expect(htmlOf('```c\nchar **argv', true)).toBe('<pre data-language="c"><code>char **argv</code></pre>');
  expect(htmlOf('**open\n\nnext', true)).toBe('<p>**open</p>\n<p>next</p>');
});

test('an answer that comes in steps is shown as one that comes at once', () => {
  const text =
    '# a\n\nOne **two**\n\n1. three\n\n   four\n2. five\n\n| a |\n|---|\n| b |\n\n> c\n\n```\nd\n```\n\n## e\n\nend';
  const cutter = new BlockCutter();
  let last = cutter.cut('', true);
  for (let end = 1; end <= text.length; end++) {
    const blocks = cutter.cut(text.slice(0, end), true);
    // What is settled is the same object, so that the page does not render it again.
    expect(blocks.slice(0, -3).every((block, index) => block === last[index])).toBe(true);
    last = blocks;
  }
  const atOnce = new BlockCutter().cut(text, false);
  expect(cutter.cut(text, true)).toEqual(atOnce);
  expect(cutter.cut(text, false)).toEqual(atOnce);
});
