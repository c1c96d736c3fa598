/** Given names of the synthetic population, ordered by how often they are to occur. */

export const FEMALE_NAMES: readonly string[] = (
  'Margaret Susan Sarah Patricia Olivia Emma Christine Elizabeth Jacqueline Karen Helen Amelia Julie Jennifer ' +
  'Linda Laura Rebecca Charlotte Jane Isla Mary Angela Claire Jean Lucy Dorothy Emily Deborah Ava Joan Alison ' +
  'Sophie Grace Hannah Jessica Lisa Michelle Barbara Nicola Fatima Freya Doreen Aisha Chloe Katie Amy Ellie ' +
  'Gemma Heather Sheila Maureen Joyce Eileen Priya Zoë Natalie Abigail Poppy Daisy Florence Evie Lily Ruby Ivy ' +
  'Rosie Phoebe Matilda Elsie Harriet Eleanor Victoria Samantha Joanne Tracey Sharon Lesley Carol Pamela Brenda ' +
  'Beryl Audrey Marjorie Kathleen Sylvia Bronwen Siân Niamh Aoife Catrin Maria Anna Zofia Agnieszka Ioana ' +
  'Yasmin Khadija Zainab Ngozi Adaeze Mei Li-Na Sakshi Anjali Nisha Renée Chloë Inés Ayşe Beyza Sinéad Mairead'
).split(' ');

export const MALE_NAMES: readonly string[] = (
  'David John Michael James Paul Robert Oliver William Peter Andrew Thomas George Christopher Daniel Richard ' +
  'Noah Mark Mohammed Stephen Jack Matthew Arthur Harry Anthony Joshua Charlie Ian Jacob Alexander Kenneth ' +
  'Leo Ronald Oscar Kevin Alan Samuel Brian Simon Joseph Henry Ryan Adam Benjamin Luke Archie Derek Graham ' +
  'Philip Edward Freddie Keith Raymond Nigel Gary Steven Jonathan Martin Barry Colin Roger Dennis Trevor ' +
  'Geoffrey Stanley Frank Ernest Albert Harold Reginald Cyril Muhammad Ibrahim Yusuf Ali Omar Hassan Arjun ' +
  'Rohan Vikram Imran Kwame Chidi Tunde Emeka Wei Jun Hiroshi Piotr Łukasz Jakub Andrei Ştefan José Luís André ' +
  'François Jürgen Søren Siôn Rhys Gareth Owain Dafydd Ewan Callum Fergus Hamish Seán Cormac Declan Jean-Paul'
).split(' ');

/** What some people are called instead. */
export const NICKNAMES: Readonly<Record<string, string>> = {
  Margaret: 'Peggy',
  Susan: 'Sue',
  Patricia: 'Pat',
  Elizabeth: 'Liz',
  Jacqueline: 'Jackie',
  Jennifer: 'Jenny',
  Rebecca: 'Becky',
  Dorothy: 'Dot',
  Deborah: 'Debbie',
  Victoria: 'Vicky',
  Samantha: 'Sam',
  Katie: 'Kate',
  Michael: 'Mick',
  James: 'Jim',
  Robert: 'Bob',
  William: 'Bill',
  Andrew: 'Andy',
  Thomas: 'Tom',
  Christopher: 'Chris',
  Richard: 'Dick',
  Stephen: 'Steve',
  Alexander: 'Sandy',
  Kenneth: 'Ken',
  Ronald: 'Ron',
  Anthony: 'Tony',
  Mohammed: 'Mo',
  Edward: 'Ted',
  Charlie: 'Chaz',
  Joshua: 'Josh',
};
