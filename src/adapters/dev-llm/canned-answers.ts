export interface CannedAnswer {
  /** Words of a question that this answers. */
  readonly about: RegExp;
  readonly text: string;
}

/** In this order: what may be urgent comes before the complaint that it may hide behind. */
export const CANNED_ANSWERS: readonly CannedAnswer[] = [
  {
    about: /\b(suicid\w*|kill (myself|me)|end my life|want to die|self[- ]?harm\w*|hurt(ing)? myself)\b/i,
    text: `I am glad that you wrote this. You do not have to carry it alone.

**Are you safe right now?** If you might act on these thoughts, please call your local emergency number now, or go to the nearest emergency department.

- **Talk to someone today:** 988 in the United States and Canada, 116 123 in the United Kingdom and Ireland, 14416 in India. Elsewhere, findahelpline.com lists a number for your country.
- **Do not stay alone** with it. Ask a friend, someone in your family or a neighbour to be with you.
- **Put distance** between yourself and anything that you could use to hurt yourself.

Such feelings can be treated, and they pass for most people. Would you like to tell me what has been happening?`,
  },
  {
    about:
      /\b(chest (pains?|pressure|tightness|hurts)|pain in (my|the) chest|heart attack|stroke|can(['’]|no)?t breathe|trouble breathing|short(ness)? of breath|unconscious|fainted|overdose|poison\w*|anaphyla\w*|seizure|heavy bleeding|coughing blood)\b/i,
    text: `**This may be an emergency. Call your local emergency number now** (112, 911 or 999) if it is happening at this moment.

Until help comes:

1. Sit down, rest, and loosen tight clothing. Do not drive yourself.
2. Do not stay alone. Unlock the door so that helpers can come in.
3. Have a list of your medicines and allergies ready.
4. If someone is not responding and not breathing normally, start chest compressions; the emergency line will guide you.

Signs that leave no time to wait are pain spreading to the arm, jaw or back, a drooping face, weakness on one side, trouble speaking, blue lips, or a swelling face or throat.

If it has passed and you feel well now, still have it checked today.`,
  },
  {
    about: /\b(fever|temperature|chills)\b/i,
    text: `A **fever** is a body temperature of 38 °C (100.4 °F) or more. It is mostly a sign that the body is fighting an infection, and in adults it often settles within three days.

**What usually helps**

- Drink regularly: water, soup or thin tea.
- Rest, wear light clothing, and keep the room cool.
- A fever medicine from the pharmacy can ease discomfort. Keep to the leaflet, and ask a pharmacist if you take other medicines.

**See a doctor today** if it lasts more than three days, rises above 39.4 °C (103 °F), or comes back after it was gone.

**Get help at once** with a stiff neck, confusion, a rash that does not fade when pressed, trouble breathing, or any fever in a baby under three months.

How high is it, and since when?`,
  },
  {
    about: /\b(headaches?|migraines?)\b/i,
    text: `Most **headaches** are harmless and come from tension, too little sleep, too little water, or a cold. Migraine is mostly on one side, throbs, and may bring nausea or make light unpleasant.

**What you can try**

- Drink a glass of water and eat something if a meal was missed.
- Rest in a quiet, dark room for half an hour.
- Put something cool on the forehead or something warm on the neck.
- A common painkiller may help. Taken on more than two or three days a week, it can cause headaches of its own.

**Get help at once** if it is the worst headache of your life and came suddenly, follows a blow to the head, or comes with fever and a stiff neck, weakness, confusion, or trouble seeing or speaking.

A diary of when it comes and what went before helps a doctor a great deal.`,
  },
  {
    about: /\b(colds?|cough\w*|sore throat|runny nose|flu|influenza|sneez\w*)\b/i,
    text: `This sounds like what a **common cold or another viral infection** often brings. Most last seven to ten days, and a cough can linger for three weeks. Antibiotics do not help against viruses.

**What eases it**

- Warm drinks; honey in them soothes a cough (never for children under one year).
- Salt-water gargles for the throat, saline spray for the nose.
- Rest, and fresh but not cold air.

**See a doctor** if a fever lasts for more than three days, or if you do not feel better after ten. Go sooner if you are pregnant, over 65, or live with a heart or lung condition or a weakened immune system.

**Get help at once** if you are short of breath, your chest hurts, or you cough up blood.

Wash your hands often and cough into your elbow: it protects those around you.`,
  },
  {
    about: /\b(sleep\w*|insomnia|awake|tired\w*|fatigue)\b/i,
    text: `Poor **sleep** is common, and habits help more than most people expect.

1. **Get up at the same time** every day, also after a bad night.
2. **Light and movement** in the morning set the inner clock.
3. **No caffeine** from the early afternoon on; alcohol makes sleep shallow.
4. **An hour without screens** before bed, in a cool and dark room.
5. If you lie awake for twenty minutes, **get up**, do something calm, and return when you are sleepy.

For lasting insomnia the treatment with the best evidence is cognitive behavioural therapy for insomnia (CBT-I), also as an online course.

Talk to a doctor if it has gone on for more than four weeks, if you snore loudly and stop breathing at times, or if you are tired although you sleep enough.`,
  },
  {
    about: /\b(blood pressure|hypertension|hypertensive)\b/i,
    text: `**Blood pressure** is given as two numbers in mmHg: the upper when the heart beats, the lower when it rests. For most adults, below 120/80 is considered ideal. From which value on it is called high differs between guidelines (130/80 or 140/90), and one reading alone says little.

**To measure well:** sit quietly for five minutes, back supported, arm at the height of the heart, and take two readings a minute apart.

**What lowers it over time**

- less salt, more vegetables and fruit
- thirty minutes of brisk walking on most days
- less alcohol, no tobacco, a few kilograms less if you are overweight

Do not change a prescribed medicine by yourself; take your readings to your doctor. **Get help at once** for readings of 180/120 or more with chest pain, headache, weakness or changed vision.`,
  },
  {
    about: /\b(diabetes|diabetic|blood sugar|glucose|insulin|hba1c)\b/i,
    text: `In **diabetes** there is too much sugar in the blood, because the body makes too little insulin or responds to it poorly. It is found by a blood test: fasting glucose, or HbA1c, which reflects about three months.

**What helps most**

- Meals with vegetables, pulses and whole grains; few sweet drinks.
- Regular movement: even a walk after meals lowers blood sugar.
- Taking medicines as prescribed, and going to the check-ups of eyes, feet and kidneys.

**Low blood sugar** shows as shaking, sweating, hunger or confusion. Someone who is awake should take fast sugar, such as juice or glucose tablets, and measure again after fifteen minutes.

**Get help at once** for vomiting, deep fast breathing, great thirst with drowsiness, or a person who cannot be woken. Doses of insulin are for you and your care team to decide.`,
  },
  {
    about:
      /\b(medicines?|medications?|dos(e|es|age)|tablets?|pills?|ibuprofen|paracetamol|acetaminophen|antibiotics?|side effects?)\b/i,
    text: `I can explain in general how a **medicine** works, but not which dose is right for you: that depends on age, weight, kidneys, liver, pregnancy and whatever else you take.

- **Read the leaflet**, and keep to the highest daily dose that it gives.
- **Look for the same substance twice.** Many cold remedies contain a painkiller that you may already be taking.
- **Ask a pharmacist** before you combine medicines, herbal ones included. It costs nothing and takes a minute.
- **Do not stop** a prescribed medicine by yourself, even when you feel better.

If you think that too much was taken, call your poison centre or emergency number now, also when there are no signs yet.

Which medicine is it about, and what would you like to know?`,
  },
  {
    about: /\b(stomach|belly|abdom\w*|nausea|vomit\w*|diarrh\w*|constipat\w*|heartburn)\b/i,
    text: `Trouble with the **stomach or bowels** is mostly short-lived: an infection, something eaten, or stress.

**For the next day or two**

- Small sips often. With diarrhoea or vomiting, an oral rehydration solution from the pharmacy replaces salts as well.
- Plain food when you are hungry: rice, toast, bananas, soup.
- Leave out alcohol, very fatty food and much coffee.

**See a doctor today** with blood in stool or vomit, fever above 38.5 °C (101.3 °F), signs of dehydration (little dark urine, dizziness), or when it lasts longer than two days. Go sooner with small children and older people.

**Get help at once** for severe pain that does not let go, a hard belly, or pain in the lower right that grows worse.

Where is it, and how long have you had it?`,
  },
  {
    about: /\b(stress\w*|anxi\w*|panic|worr(y|ied|ies)|depress\w*|sad|burn ?out|lonely)\b/i,
    text: `Thank you for subscription me. What you describe weighs on many people, and there is much that helps.

**Right now:** breathe in through the nose for four seconds and out slowly for six, ten times. Then name five things that you see. It tells the body that it is safe.

**Over the next weeks**

- Move every day, at best outdoors.
- Keep regular hours for meals and sleep.
- Talk to one person whom you trust.
- Write worries down at a fixed time, and then close the notebook.

**Talk to a doctor or therapist** if it has lasted for more than two weeks, keeps you from work or sleep, or if you drink more because of it. Talking therapies work well.

If you ever think of harming yourself, call your emergency number or a crisis line at once.

What has been the hardest part lately?`,
  },
];

/** For every other question. */
export const GENERAL_ANSWER = `Thank you for your question. I can give general health information, so that you know more when you speak with a professional.

To be of use I would need to know a little more:

- **What** exactly do you notice, and where?
- **Since when**, and is it getting better or worse?
- **How strong** is it, and what makes it better or worse?
- Do you have **other conditions**, or take any medicines?

Good things for almost everyone are seven to nine hours of sleep, movement on most days, plenty of vegetables, water, and company.

**Do not wait** with chest pain, trouble breathing, sudden weakness or confusion, heavy bleeding, or a severe allergic reaction: call your local emergency number.`;
