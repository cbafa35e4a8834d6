import { htmlOf } from './shown.js';

test.each([
  ['见 https://www.who.int。更多', '<p>见 <a href="https://www.who.int">https://www.who.int</a>。更多</p>'],
  ['见https://www.who.int更多', '<p>见<a href="https://www.who.int">https://www.who.int</a>更多</p>'],
  [
    '（https://www.who.int/zh，英文）',
    '<p>（<a href="https://www.who.int/zh">https://www.who.int/zh</a>，英文）</p>',
  ],
  ['「https://who.int/a」を', '<p>「<a href="https://who.int/a">https://who.int/a</a>」を</p>'],
  ['见 www.who.int。更多', '<p>见 <a href="https://www.who.int">www.who.int</a>。更多</p>'],
  ['写信到info@who.int。', '<p>写信到<a href="mailto:info@who.int">info@who.int</a>。</p>'],
  ['邮箱：info@who.int。', '<p>邮箱：<a href="mailto:info@who.int">info@who.int</a>。</p>'],
  [
    'https://ru.wikipedia.org/wiki/Грипп, да',
    '<p><a href="https://ru.wikipedia.org/wiki/%D0%93%D1%80%D0%B8%D0%BF%D0%BF">https://ru.wikipedia.org/wiki/Грипп</a>, да</p>',
  ],
  [
    '(see https://example.org/a_(b)_c?d=e*f*g.)',
    '<p>(see <a href="https://example.org/a_(b)_c?d=e*f*g">https://example.org/a_(b)_c?d=e*f*g</a>.)</p>',
  ],
  [
    '**https://example.org/a**',
    '<p><strong><a href="https://example.org/a">https://example.org/a</a></strong></p>',
  ],
  ['[https://a.org/b](https://c.org/d)', '<p><a href="https://c.org/d">https://a.org/b</a></p>'],
  ['<https://a.org/b>', '<p><a href="https://a.org/b">https://a.org/b</a></p>'],
  ['xhttps://a.org and ftp://a.org', '<p>xhttps://a.org and ftp://a.org</p>'],
])('the address in %j ends where it ends', (text, html) => {
  expect(htmlOf(text)).toBe(html);
});

test.each([
  ['**注意：**每天两次', '<p><strong>注意：</strong>每天两次</p>'],
  ['请**注意**：每天2次', '<p>请<strong>注意</strong>：每天2次</p>'],
  ['**“重要”**的药', '<p><strong>“重要”</strong>的药</p>'],
  ['每天**两次（饭后）**服用', '<p>每天<strong>两次（饭后）</strong>服用</p>'],
  ['**Note:**每天*两次*。', '<p><strong>Note:</strong>每天<em>两次</em>。</p>'],
  ['これは**大事。**です', '<p>これは<strong>大事。</strong>です</p>'],
  ['**타이레놀**을 드세요', '<p><strong>타이레놀</strong>을 드세요</p>'],
  ['**ملاحظة:** مرتين', '<p><strong>ملاحظة:</strong> مرتين</p>'],
  ['每次5*10*2毫克', '<p>每次5*10*2毫克</p>'],
])('%j is emphasised though no spaces stand there', (text, html) => {
  expect(htmlOf(text)).toBe(html);
});

test('a table and a quote go by all that is in them', () => {
  expect(htmlOf('| الدواء | mg |\n| --- | --- |\n| أ | 5 |')).toMatch(/^<table dir="rtl">/);
  expect(htmlOf('> 5 פעמים')).toMatch(/^<p>&gt; 5/);
  expect(htmlOf('> שלום')).toMatch(/^<blockquote dir="rtl">/);
});
