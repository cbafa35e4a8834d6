import { AppError } from '../kernel/errors.js';

/**
 * The passwords that attackers try first, of those with 8 characters or more (NIST SP 800-63B, 5.1.1.2: a verifier
 * compares with commonly used passwords). A password is compared in lower case.
 */
const COMMONEST: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 12345678910 123456789a 123456789q 0123456789 0987654321 987654321 87654321
  9876543210 123123123 321321321 123321123 12341234 43214321 11223344 1122334455 112233445566 12344321 123454321
  147258369 147852369 159357159 741852963 789456123 963852741 123654789 987456321 14725836 25802580 19841984
  a12345678 a123456789 123456abc abc12345 abc123456 abcd1234 abcd12345 abcdefgh abcdefg1 1234abcd 12345abc 123abc123
  abc123abc aa123456 aa12345678 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
  1qazxsw2 1qaz2wsx3edc zaq12wsx zaq1zaq1 zaq1xsw2 qazwsxedc qazwsx123 qwertyui qwertyuiop qwerty12 qwerty123
  qwerty1234 qwerty12345 qwerty123456 qwerty01 qwertyqwerty qwe123qwe qweasdzxc qweasd123 qwer1234 asdfghjk
  asdfghjkl asdf1234 asdfasdf asd123asd zxcvbnm1 zxcvbnm123 1234qwer 123qwe123 123456qwerty 12345qwert azertyuiop
  password password1 password2 password3 password12 password123 password1234 password12345 password! password1!
  password123! passw0rd p@ssword p@ssw0rd p@ssword1 p@ssw0rd1 p@ssw0rd123 p4ssword pa55word pa$$word pass1234
  pass12345 password01 password99 passwort passwort1 passwort123 motdepasse contraseña contrasena senha123
  mypassword thepassword newpassword yourpassword changeme changeme1 changeme123 changeit default1 temp1234 temppass
  secret123 letmein1 letmein123 letmeinnow welcome1 welcome12 welcome123 welcome1! admin123 admin1234 admin12345
  administrator adminadmin root1234 rootroot test1234 test12345 testtest testing1 testing123 guest123 user1234
  iloveyou iloveyou1 iloveyou2 iloveyou! iloveu123 loveyou1 lovelove ilovegod trustno1 sunshine sunshine1 princess
  princess1 football football1 baseball baseball1 basketball superman superman1 batman123 spiderman starwars
  pokemon1 pokemon123 michelle michael1 jennifer jessica1 jonathan jordan23 charlie1 ashley12 daniel123 dragon123
  monkey123 master123 shadow123 killer123 hunter123 computer computer1 internet internet1 samsung1 samsung123
  liverpool liverpool1 chelsea1 arsenal1 barcelona realmadrid juventus mercedes corvette maverick midnight whatever
  whatever1 blink182 butterfly chocolate cocacola creative december november september football123 freedom1 garfield
  hello123 hello1234 hellohello helloworld jesus123 jesuschrist mustang1 newyork1 nintendo november1 playboy1
  rainbow1 remember scorpion security snowball success1 swordfish tinkerbell victoria winter123 summer123 spring123
  autumn123 summer2023 summer2024 summer2025 winter2023 winter2024 winter2025 january1 google123 facebook facebook1
  healthcare hospital hospital1 patient1 patient123 doctor123 medical1 health123`.split(/\s+/),
);

/** @throws AppError `bad_request` for a password that is among the first to be guessed. */
export function requireUncommon(password: string): void {
  const compared = password.normalize('NFKC').toLowerCase().trim();
  if (compared === '') throw new AppError('bad_request', 'password: must not be blank');
  if (COMMONEST.has(compared) || new Set(compared).size < 3) {
    throw new AppError('bad_request', 'password: is one of those that are guessed first; choose another');
  }
}
