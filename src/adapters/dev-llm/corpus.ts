/** What the Markov chain learns from: about a river and a garden, so that nobody takes its nonsense for advice. */
export const CORPUS = `
The river begins in the hills as a thin thread of water under the ferns. The water is cold and clear, and it runs over
the stones as if it had somewhere to be. In the morning the mist lies on the river like a sheet that someone forgot to
fold. In the evening the light lies on the river and the swallows fly low over the water. The old mill stands where the
river bends, and its wheel has not turned since the miller went away. Nobody knows where the miller went, but in the
village they say that he followed the river to the sea.

Below the mill the river is wide and slow. The boats of the village lie on the bank with their keels in the air. In
spring the river comes up to the willows, and the children count the steps that are still dry. In summer the river is so
low that the stones come out like the backs of sleeping cattle. The heron stands in the shallow water and waits. The
heron waits in the morning and the heron waits in the evening, and nobody has ever seen it catch a fish.

Behind the last house of the village there is a garden. The garden has a wall on three sides and a hedge on the fourth.
In the garden there are beans on poles, a row of onions, and a pear tree that is older than the wall. The woman who
keeps the garden comes in the morning with a can of water and in the evening with a basket. She says that a garden is a
conversation, and that the weather always has the last word. She says that the beans grow when nobody is looking. She
says that the pear tree was there before the village, and that the village was built around it to keep it company.

In the wind the hedge sounds like the sea. The cat of the miller sleeps on the wall where the stones are warm. When the
rain comes the cat sleeps under the bench, and when the snow comes the cat sleeps in the kitchen by the stove. The snow
lies on the garden like a page that nobody has written on. Under the snow the onions wait, and the beans are seeds in a
paper bag on the shelf. The woman sits by the stove and mends the basket, and the cat watches the thread.

There is a path from the garden to the river. The path goes between two fields, and in June the fields are so high that
a child on the path can see only the sky. At the end of the path there is a bench that the carpenter made from the door
of the mill. On the bench the old men of the village sit and talk about the weather, the boats and the pear tree. They
say that the winter will be long. They say that the winter was longer when they were young. They say that the heron is
older than the bench, and that the bench is older than it looks.

When the boats go out the whole village comes to the bank. The water carries the boats past the mill, past the willows
and past the bench, and then the river bends and the boats are gone. In the evening the boats come back with baskets of
fish and a little news. The news is mostly about the weather. The woman from the garden brings pears, and the old men
bring a lamp, and the children are allowed to stay until the stars come out over the hills.

At night the river can be heard in every house. Some say that it sounds like rain, and some say that it sounds like
someone turning the pages of a book. The carpenter says that it sounds like a saw a long way off. The woman says that it
sounds like the river. In the morning the mist lies on the water again, the heron waits in the shallow water, and the
path to the garden is wet with dew.
`;
