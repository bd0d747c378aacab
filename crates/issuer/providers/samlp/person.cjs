// A person, as samlp is told of one.
'use strict';

/** The claims of a person, whose name is of this format. */
module.exports = (format) => {
  const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
  return (person) => ({
    getClaims: () => ({
      [`${claims}emailaddress`]: person.email,
      [`${claims}givenname`]: person.first_name,
      [`${claims}surname`]: person.last_name,
      'http://schemas.microsoft.com/identity/claims/displayname': person.display_name,
    }),
    getNameIdentifier: () => ({
      nameIdentifier: person.name_id,
      nameIdentifierFormat: format,
    }),
  });
};
