module charter

go 1.23

require gopkg.in/validator.v2 v2.0.1

// Debian's, beside the clients.
replace gopkg.in/validator.v2 => ./validator
