// Package validator is what the clients use of the package of this name, of which Debian has a copy
// that is older than they need: values have to match the patterns in the tags of their fields.
package validator

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// Validate says what is wrong with a value.
func Validate(value any) error {
	return walk(reflect.ValueOf(value))
}

func walk(value reflect.Value) error {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			return walk(value.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if err := walk(value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if err := walk(value.MapIndex(key)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if !value.Type().Field(i).IsExported() {
				continue
			}
			pattern, is := strings.CutPrefix(value.Type().Field(i).Tag.Get("validate"), "regexp=")
			if is {
				if err := match(pattern, reflect.Indirect(value.Field(i))); err != nil {
					return err
				}
			}
			if err := walk(value.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func match(pattern string, text reflect.Value) error {
	// Nothing is there to match.
	if !text.IsValid() {
		return nil
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	if !expression.MatchString(text.String()) {
		return fmt.Errorf("%q does not match %s", text.String(), pattern)
	}
	return nil
}
